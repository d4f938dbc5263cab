// One open field: its splats, what is known of them, the picture and the connection. Panels ask it and listen to it.
import { socket_address, splat_stream, type FieldInfo } from "./api";
import { PageCamera } from "./camera";
import { new_knowledge, paint, unpack_bits, type Knowledge, type Mode } from "./colours";
import { say } from "./dom";
import { SplatView } from "./renderer";
import { BinaryKind, FieldSocket, type Answer } from "./socket";
import { read_block, read_splats, SplatStore, type SplatBlock } from "./splats";

export interface EditCounts { count: number; undoes: number; redoes: number; alive: number; undo_what?: string; redo_what?: string }
export interface Training { step: number; planned: number; seconds: number; eta_seconds: number | null; scalars: Record<string, number>; splats: number; live: boolean }
export type Topic = "counts" | "mode" | "knowledge" | "connection" | "training" | "loaded";

const repaint_ms = 250;  // between repaints while splats still arrive

export class FieldScene {
  readonly camera = new PageCamera();
  readonly view: SplatView;
  readonly know: Knowledge = new_knowledge();
  readonly socket: FieldSocket;
  store: SplatStore | null = null;
  mode: Mode = "rgb";
  counts: EditCounts = { count: 0, undoes: 0, redoes: 0, alive: 0 };
  training: Training | null = null;
  connected = false;
  loaded = false;
  fields_loaded = 0;

  private listeners = new Map<Topic, Set<() => void>>();
  private was_connected = false;
  private loading = 0;
  private last_paint = 0;
  private held_rows: SplatBlock[] = [];
  private disposed = false;

  constructor(readonly info: FieldInfo) {
    this.view = new SplatView(this.camera);
    this.view.background = info.background;
    this.view.rested = () => { if (this.follows_camera) this.repaint(); };
    this.counts.alive = info.splats;
    this.socket = new FieldSocket(socket_address(info.name), {
      binary: (kind, count, body) => this.heard_binary(kind, count, body),
      event: (event) => this.heard_event(event),
      connected: (open) => this.connection_changed(open),
    });
    void this.load();
  }

  on(topic: Topic, heard: () => void): void {
    if (!this.listeners.has(topic)) this.listeners.set(topic, new Set());
    this.listeners.get(topic)!.add(heard);
  }

  set_mode(mode: Mode): void {
    this.mode = mode;
    if (mode === "feature" && !this.know.features) void this.tell("feature_colours");
    this.repaint();
    this.emit("mode");
  }

  /** Asks the server and takes over what it says of counts. Errors are shown, and null comes back. */
  async tell(op: string, fields: Record<string, unknown> = {}): Promise<Answer | null> {
    try {
      const answer = await this.socket.ask(op, fields);
      this.take_counts(answer);
      return answer;
    } catch (error) {
      if (!this.disposed) say((error as Error).message, true);
      return null;
    }
  }

  repaint(): void {
    if (!this.store) return;
    const { words, stride } = this.view.colours;
    paint(words, stride, this.store, this.mode, this.know, this.camera);
    this.view.changed(this.store.count);
    this.last_paint = performance.now();
  }

  dispose(): void {
    this.disposed = true;
    ++this.loading;
    this.socket.close();
    this.view.dispose();
  }

  private get follows_camera(): boolean {
    return this.mode === "depth" || (this.mode === "rgb" && this.info.sh_degree > 0);
  }

  private emit(topic: Topic): void {
    for (const heard of this.listeners.get(topic) ?? []) heard();
  }

  private async load(): Promise<void> {
    // The first splats are shown as they come; later ones take the place of those that are shown all at once.
    const turn = ++this.loading, shown = this.store === null;
    let fresh: SplatStore | null = null;
    this.loaded = false;
    try {
      await read_splats(await splat_stream(this.info.name), (count, degree) => {
        fresh = new SplatStore(count, degree);
        if (shown) this.show(fresh);
      }, (block) => {
        const slots = fresh!.take(block);
        if (!shown) return;
        this.view.place(fresh!, slots);
        if (performance.now() - this.last_paint > repaint_ms) this.repaint();
      }, () => turn !== this.loading);
    } catch (error) {
      if (turn === this.loading) say(`The splats did not come whole: ${(error as Error).message}`, true);
    }
    if (turn !== this.loading) return;
    if (!shown && fresh) this.show(fresh);
    this.loaded = true;
    ++this.fields_loaded;
    for (const rows of this.held_rows.splice(0)) this.take_rows(rows);
    this.repaint();
    this.view.filled();
    this.emit("loaded");
  }

  /** Takes a store for the one that is drawn, with what it holds already. */
  private show(store: SplatStore): void {
    this.store = store;
    this.view.reserve(Math.max(store.capacity, 1), this.info.centre);
    this.view.place(store, Int32Array.from({ length: store.count }, (_, slot) => slot));
  }

  private connection_changed(open: boolean): void {
    this.connected = open;
    this.emit("connection");
    // What stands comes by itself; but a server that was away may have come back with other splats.
    if (open && this.was_connected) this.begin_anew();
    this.was_connected ||= open;
  }

  /** Other splats are there now: what was known of the ones before says nothing about them. */
  private begin_anew(): void {
    Object.assign(this.know, new_knowledge());
    if (this.mode !== "rgb" && this.mode !== "depth") this.set_mode("rgb");
    void this.load();
    void this.tell("state");
  }

  private take_counts(answer: Record<string, unknown>): void {
    if (answer.reload) void this.load();
    for (const name of ["count", "undoes", "redoes", "alive"] as const) {
      if (typeof answer[name] === "number") this.counts[name] = answer[name] as number;
    }
    for (const name of ["undo_what", "redo_what"] as const) {
      if (name in answer) this.counts[name] = (answer[name] as string | null) ?? undefined;
    }
    this.emit("counts");
  }

  private heard_event(event: { event: string; [key: string]: unknown }): void {
    if (event.event === "selection" || event.event === "edited") this.take_counts(event);
    if (event.event === "training") {
      this.training = event as unknown as Training;
      this.emit("training");
    }
    if (event.event === "field") this.begin_anew();
  }

  private heard_binary(kind: BinaryKind, count: number, body: DataView): void {
    const { know } = this;
    if (kind === BinaryKind.rows) {
      const rows = read_block(body, this.store?.sh_degree ?? this.info.sh_degree);
      if (this.loaded) this.take_rows(rows); else this.held_rows.push(rows);
    } else if (kind === BinaryKind.scores) {
      know.scores = new Uint8Array(body.buffer, body.byteOffset, count);
    } else if (kind === BinaryKind.colours) {
      know.features = new Uint8Array(body.buffer, body.byteOffset, 3 * count);
    } else if (kind === BinaryKind.alive) {
      know.alive = unpack_bits(body, count);
    } else if (kind === BinaryKind.selected) {
      know.selected = unpack_bits(body, count);
      this.counts.count = know.selected.reduce((sum, bit) => sum + bit, 0);
      this.emit("counts");
    }
    this.repaint();
    this.emit("knowledge");
  }

  private take_rows(rows: SplatBlock): void {
    const { store, view } = this;
    if (!store) return;
    const changed = store.take(rows);
    if (store.count > view.capacity) this.show(store); else view.place(store, changed);
  }
}
