// The WebSocket of a field: questions with answers, binary pieces, events; opens itself again when it falls.

export interface Answer { id: number; ok: boolean; error?: string; [key: string]: unknown }

export enum BinaryKind { scores = 1, selected = 2, alive = 3, rows = 4, colours = 5 }

export interface SocketHandlers {
  binary(kind: BinaryKind, count: number, body: DataView): void;
  event(event: { event: string; [key: string]: unknown }): void;
  /** Called on every change; a reopened socket may have missed events. */
  connected(open: boolean): void;
}

const header_bytes = 16;
const magic = 0x42535452;  // "RTSB"

export class FieldSocket {
  private socket: WebSocket | null = null;
  private waiting = new Map<number, { done(answer: Answer): void; failed(error: Error): void }>();
  private next_id = 1;
  private delay_ms = 500;
  private closed = false;

  constructor(private address: string, private handlers: SocketHandlers) { this.open(); }

  /** Asks and waits; rejects with the server's words. */
  ask(op: string, fields: Record<string, unknown> = {}): Promise<Answer> {
    return new Promise((done, failed) => {
      if (this.socket?.readyState !== WebSocket.OPEN) {
        failed(new Error("not connected to the server"));
        return;
      }
      const id = this.next_id++;
      this.waiting.set(id, { done, failed });
      this.socket.send(JSON.stringify({ id, op, ...fields }));
    });
  }

  close(): void {
    this.closed = true;
    this.socket?.close();
  }

  private open(): void {
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => { this.delay_ms = 500; this.handlers.connected(true); };
    socket.onmessage = (message: MessageEvent<string | ArrayBuffer>) => {
      if (typeof message.data === "string") this.heard_text(message.data);
      else this.heard_binary(message.data);
    };
    socket.onclose = () => {
      for (const { failed } of this.waiting.values()) failed(new Error("the connection to the server broke"));
      this.waiting.clear();
      if (this.closed) return;
      this.handlers.connected(false);
      window.setTimeout(() => { if (!this.closed) this.open(); }, this.delay_ms);
      this.delay_ms = Math.min(this.delay_ms * 2, 10000);
    };
  }

  private heard_text(text: string): void {
    const message = JSON.parse(text) as Answer & { event?: string };
    if (message.event !== undefined) {
      this.handlers.event(message as unknown as { event: string });
      return;
    }
    const asked = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.ok) asked?.done(message);
    else asked?.failed(new Error(message.error ?? "the server refused"));
  }

  private heard_binary(data: ArrayBuffer): void {
    const head = new DataView(data);
    if (data.byteLength < header_bytes || head.getUint32(0, true) !== magic) return;
    this.handlers.binary(head.getUint32(4, true), head.getUint32(12, true), new DataView(data, header_bytes));
  }
}
