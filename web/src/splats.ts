// The splats of a field as the server sends them, kept in the order of arrival, and what is known of each.

export interface SplatBlock {
  count: number; ids: Uint32Array; means: Float32Array; scales: Uint16Array; quaternions: Int8Array; rgba: Uint8Array;
  harmonics: Int8Array | null; harmonic_range: number;
}

const most_splats = 1 << 26;
const padded = (bytes: number): number => (bytes + 3) & ~3;
const harmonic_count = (degree: number): number => (degree + 1) * (degree + 1) - 1;

/** The size in bytes of a block whose first number is `count`. */
export function block_bytes(count: number, sh_degree: number): number {
  const harmonics = sh_degree > 0 ? 4 + padded(count * harmonic_count(sh_degree) * 3) : 0;
  return 8 + count * 4 + count * 12 + padded(count * 6) + count * 4 + count * 4 + harmonics;
}

/** Reads a block; the arrays are copies, since pieces of a stream lie at any address. */
export function read_block(view: DataView, sh_degree: number): SplatBlock {
  const count = view.getUint32(0, true);
  if (count > most_splats || block_bytes(count, sh_degree) > view.byteLength) throw new Error("a block of splats is cut short");
  let at = view.byteOffset + 8;
  const take = (bytes: number): ArrayBuffer => {
    const piece = (view.buffer as ArrayBuffer).slice(at, at + bytes);
    at += padded(bytes);
    return piece;
  };
  const block: SplatBlock = {
    count,
    ids: new Uint32Array(take(count * 4)), means: new Float32Array(take(count * 12)), scales: new Uint16Array(take(count * 6)),
    quaternions: new Int8Array(take(count * 4)), rgba: new Uint8Array(take(count * 4)), harmonics: null, harmonic_range: 0,
  };
  if (sh_degree > 0) {
    block.harmonic_range = new Float32Array(take(4))[0];
    block.harmonics = new Int8Array(take(count * harmonic_count(sh_degree) * 3));
  }
  return block;
}

/** Reads the answer of `/splats` piece by piece; `started` hears the count, `arrived` each block. */
export async function read_splats(
  response: Response, started: (count: number, sh_degree: number) => void, arrived: (block: SplatBlock) => void,
  stopped: () => boolean,
): Promise<void> {
  const reader = response.body!.getReader();
  let held = new Uint8Array(1 << 20);
  let begin = 0, end = 0, sh_degree = -1;
  for (;;) {
    const { done, value } = await reader.read();
    if (stopped()) { void reader.cancel(); return; }
    if (value) {
      if (end + value.length > held.length) {
        const larger = new Uint8Array(Math.max(2 * held.length, end - begin + value.length));
        larger.set(held.subarray(begin, end));
        held = larger;
        end -= begin;
        begin = 0;
      }
      held.set(value, end);
      end += value.length;
    }
    if (sh_degree < 0 && end - begin >= 16) {
      const head = new DataView(held.buffer, begin, 16);
      if (head.getUint32(0, true) !== 0x50535452 || head.getUint32(4, true) !== 1) throw new Error("these are not splats of version 1");
      const count = head.getUint32(8, true);
      sh_degree = head.getUint32(12, true);
      if (count > most_splats || sh_degree > 4) throw new Error("the header of the splats is damaged");
      started(count, sh_degree);
      begin += 16;
    }
    while (sh_degree >= 0 && end - begin >= 8) {
      const wanted = block_bytes(new DataView(held.buffer, begin, 8).getUint32(0, true), sh_degree);
      if (end - begin < wanted) break;
      arrived(read_block(new DataView(held.buffer, begin, wanted), sh_degree));
      begin += wanted;
    }
    if (done) {
      if (end > begin) throw new Error("the splats end in the middle of a block");
      return;
    }
  }
}

function half_to_float(half: number): number {
  const exponent = (half >> 10) & 31, fraction = half & 1023, sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return exponent === 31 ? (fraction ? NaN : sign * Infinity) : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
const halves = Float32Array.from({ length: 65536 }, (_, half) => half_to_float(half));

/** All splats that came so far. A slot is a place in the order of arrival; an id is the row of the server's field. */
export class SplatStore {
  count = 0;
  ids: Uint32Array;
  slots: Int32Array;  // of an id; -1: not here yet
  means: Float32Array;
  scales: Float32Array;
  quaternions: Int8Array;  // w, x, y, z times 127
  rgba: Uint8Array;
  harmonics: Int8Array;
  harmonic_ranges: Float32Array;
  readonly harmonic_count: number;

  constructor(public capacity: number, readonly sh_degree: number) {
    this.harmonic_count = harmonic_count(sh_degree);
    this.ids = new Uint32Array(capacity);
    this.slots = new Int32Array(capacity).fill(-1);
    this.means = new Float32Array(capacity * 3);
    this.scales = new Float32Array(capacity * 3);
    this.quaternions = new Int8Array(capacity * 4);
    this.rgba = new Uint8Array(capacity * 4);
    this.harmonics = new Int8Array(capacity * this.harmonic_count * 3);
    this.harmonic_ranges = new Float32Array(capacity);
  }

  /** Takes new splats and new values of known ones; returns the slots that changed. */
  take(block: SplatBlock): Int32Array {
    const changed = new Int32Array(block.count);
    for (let i = 0; i < block.count; ++i) {
      const id = block.ids[i];
      if (id >= this.capacity) this.grow(Math.max(id + 1, this.capacity + (this.capacity >> 1)));
      let slot = this.slots[id];
      if (slot < 0) {
        slot = this.count++;
        this.slots[id] = slot;
        this.ids[slot] = id;
      }
      this.put(slot, block, i);
      changed[i] = slot;
    }
    return changed;
  }

  private put(slot: number, block: SplatBlock, i: number): void {
    for (let c = 0; c < 3; ++c) {
      this.means[slot * 3 + c] = block.means[i * 3 + c];
      this.scales[slot * 3 + c] = halves[block.scales[i * 3 + c]];
    }
    for (let c = 0; c < 4; ++c) {
      this.quaternions[slot * 4 + c] = block.quaternions[i * 4 + c];
      this.rgba[slot * 4 + c] = block.rgba[i * 4 + c];
    }
    if (!block.harmonics) return;
    const width = this.harmonic_count * 3;
    this.harmonics.set(block.harmonics.subarray(i * width, (i + 1) * width), slot * width);
    this.harmonic_ranges[slot] = block.harmonic_range;
  }

  private grow(capacity: number): void {
    const larger = new SplatStore(capacity, this.sh_degree);
    for (const name of ["ids", "slots", "means", "scales", "quaternions", "rgba", "harmonics", "harmonic_ranges"] as const) {
      larger[name].set(this[name] as never);
      (this as Record<string, unknown>)[name] = larger[name];
    }
    this.capacity = capacity;
  }
}
