// The few lines of RFC 6455 that a page under work needs.
import { createHash } from "node:crypto";

export function accept(request, socket, heard) {
  const key = createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  const send = (opcode, body) => {
    const head = body.length < 126 ? Buffer.from([0x80 | opcode, body.length]) : Buffer.alloc(body.length < 65536 ? 4 : 10);
    if (body.length >= 126) {
      head[0] = 0x80 | opcode;
      head[1] = body.length < 65536 ? 126 : 127;
      if (body.length < 65536) head.writeUInt16BE(body.length, 2); else head.writeBigUInt64BE(BigInt(body.length), 2);
    }
    socket.write(Buffer.concat([head, body]));
  };
  let held = Buffer.alloc(0);
  socket.on("data", (data) => {
    held = Buffer.concat([held, data]);
    for (;;) {
      if (held.length < 6) return;
      let length = held[1] & 127, at = 2;
      if (length === 126) { length = held.readUInt16BE(2); at = 4; } else if (length === 127) { length = Number(held.readBigUInt64BE(2)); at = 10; }
      if (held.length < at + 4 + length) return;
      const mask = held.subarray(at, at + 4), body = Buffer.from(held.subarray(at + 4, at + 4 + length));
      for (let i = 0; i < length; ++i) body[i] ^= mask[i & 3];
      const opcode = held[0] & 15;
      held = held.subarray(at + 4 + length);
      if (opcode === 8) { socket.end(); return; }
      if (opcode === 1) heard(body.toString());
    }
  });
  socket.on("error", () => {});
  return { text: (message) => send(1, Buffer.from(JSON.stringify(message))), binary: (body) => send(2, body) };
}
