"""A WebSocket client in a few lines (RFC 6455, without extensions), for tests on the loopback interface."""
import base64
import hashlib
import os
import socket
import struct

KEY_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class WebSocket:
    def __init__(self, host, port, path, headers=(), timeout=60):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.buffer = b""
        key = base64.b64encode(os.urandom(16))
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key.decode()}", "Sec-WebSocket-Version: 13", *headers, "", ""]
        self.socket.sendall("\r\n".join(lines).encode())
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status = head.split(b"\r\n")[0]
        if b" 101 " not in status:
            raise ConnectionError(status.decode())
        wanted = base64.b64encode(hashlib.sha1(key + KEY_SUFFIX).digest())
        if wanted not in head:
            raise ConnectionError("the answer to the key is wrong")

    def _more(self):
        part = self.socket.recv(1 << 16)
        if not part:
            raise ConnectionError("closed")
        self.buffer += part

    def _take(self, count):
        while len(self.buffer) < count:
            self._more()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _frame(self, kind, content):
        mask = os.urandom(4)
        size = len(content)
        head = bytes([0x80 | kind])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 1 << 16:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        self.socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(content)))

    def send(self, text):
        self._frame(TEXT, text.encode())

    def receive(self):
        """The next message: a str, or bytes; None once the other side has closed."""
        kind, content = None, b""
        while True:
            first, second = self._take(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack(">H", self._take(2))
            elif size == 127:
                (size,) = struct.unpack(">Q", self._take(8))
            part = self._take(size)
            code = first & 0x0F
            if code == PING:
                self._frame(PONG, part)
            elif code == CLOSE:
                return None
            elif code in (0, TEXT, BINARY):
                kind = kind or code
                content += part
                if first & 0x80:
                    return content.decode() if kind == TEXT else content

    def close(self):
        try:
            self._frame(CLOSE, struct.pack(">H", 1000))
        except OSError:
            pass
        self.socket.close()
