"""A WebSocket client (RFC 6455) of the standard library alone: text and binary, no extensions."""
import base64
import os
import socket
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class WebSocket:
    def __init__(self, host, port, target, token=None, seconds=60):
        self.socket = socket.create_connection((host, port), timeout=seconds)
        self.held = b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {target} HTTP/1.1", f"Host: {host}:{port}", "Connection: Upgrade", "Upgrade: websocket",
                 "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self.held:
            self._receive_some()
        head, self.held = self.held.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0] + b" ":
            raise ConnectionError(head.split(b"\r\n")[0].decode())

    def _receive_some(self):
        got = self.socket.recv(1 << 16)
        if not got:
            raise ConnectionError("the server closed the connection")
        self.held += got

    def _take(self, count):
        while len(self.held) < count:
            self._receive_some()
        taken, self.held = self.held[:count], self.held[count:]
        return taken

    def send(self, payload, opcode=TEXT):
        payload = payload.encode() if isinstance(payload, str) else payload
        length = len(payload)
        head = bytes([0x80 | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 1 << 16:
            head += bytes([0x80 | 126]) + struct.pack(">H", length)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", length)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(head + mask + masked)

    def receive(self):
        """The next message as (opcode, bytes); pings are answered on the way. (CLOSE, code and reason) at the end."""
        message, kind = b"", None
        while True:
            first, second = self._take(2)
            length = second & 127
            if length == 126:
                (length,) = struct.unpack(">H", self._take(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self._take(8))
            payload, opcode = self._take(length), first & 15
            if opcode == PING:
                self.send(payload, PONG)
            elif opcode == CLOSE:
                return CLOSE, payload
            elif opcode != PONG:
                message, kind = message + payload, kind or opcode
                if first & 0x80:
                    return kind, message

    def close(self):
        try:
            self.send(struct.pack(">H", 1000), CLOSE)
        except OSError:
            pass
        self.socket.close()
