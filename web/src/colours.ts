// Colours of splats in each mode of the page.
import type { PageCamera } from "./camera";
import type { SplatStore } from "./splats";

export type Mode = "rgb" | "depth" | "feature" | "relevancy" | "selection";

/** What the server said of each splat, by id; null where it was not asked. */
export interface Knowledge {
  alive: Uint8Array | null; selected: Uint8Array | null; scores: Uint8Array | null; features: Uint8Array | null;
  threshold: number;  // in steps of `scores`, 0..255
}

export const new_knowledge = (): Knowledge => ({ alive: null, selected: null, scores: null, features: null, threshold: 0 });

const marked: readonly [number, number, number] = [255, 158, 44];
const stops = [[40, 22, 60], [72, 40, 120], [50, 100, 142], [31, 158, 137], [110, 206, 88], [253, 231, 37]];

/** Dark violet over green to yellow, for `t` in [0,1]; 256 steps of RGB. */
export const ramp: Uint8Array = (() => {
  const table = new Uint8Array(768);
  for (let i = 0; i < 256; ++i) {
    const at = (i / 255) * (stops.length - 1), k = Math.min(Math.floor(at), stops.length - 2), f = at - k;
    for (let c = 0; c < 3; ++c) table[3 * i + c] = Math.round(stops[k][c] * (1 - f) + stops[k + 1][c] * f);
  }
  return table;
})();

export function unpack_bits(view: DataView, count: number): Uint8Array {
  const bits = new Uint8Array(count);
  for (let i = 0; i < count; ++i) bits[i] = (view.getUint8(i >> 3) >> (i & 7)) & 1;
  return bits;
}

/** Constants of real spherical harmonics of degree 1 to 3, in the order of 3-D Gaussian splatting. */
const c1 = 0.4886025119029199;
const c2 = [1.0925484305920792, -1.0925484305920792, 0.31539156525252005, -1.0925484305920792, 0.5462742152960396];
const c3 = [-0.5900435899266435, 2.890611442640554, -0.4570457994644658, 0.3731763325901154, -0.4570457994644658, 1.445305721320277,
  -0.5900435899266435];

function basis(degree: number, x: number, y: number, z: number, out: Float32Array): void {
  out[0] = -c1 * y; out[1] = c1 * z; out[2] = -c1 * x;
  if (degree < 2) return;
  const xx = x * x, yy = y * y, zz = z * z;
  out[3] = c2[0] * x * y; out[4] = c2[1] * y * z; out[5] = c2[2] * (2 * zz - xx - yy); out[6] = c2[3] * x * z; out[7] = c2[4] * (xx - yy);
  if (degree < 3) return;
  out[8] = c3[0] * y * (3 * xx - yy); out[9] = c3[1] * x * y * z; out[10] = c3[2] * y * (4 * zz - xx - yy);
  out[11] = c3[3] * z * (2 * zz - 3 * xx - 3 * yy); out[12] = c3[4] * x * (4 * zz - xx - yy); out[13] = c3[5] * z * (xx - yy);
  out[14] = c3[6] * x * (xx - 3 * yy);
}

/** The nearest and farthest distance that matter: 2 % and 98 % of a sample of what lies before the camera. */
function depth_range(store: SplatStore, camera: PageCamera): [number, number] {
  const [fx, fy, fz] = camera.forward, [px, py, pz] = camera.position, sample: number[] = [];
  const stride = Math.max(1, Math.floor(store.count / 4000));
  for (let s = 0; s < store.count; s += stride) {
    const m = 3 * s, z = (store.means[m] - px) * fx + (store.means[m + 1] - py) * fy + (store.means[m + 2] - pz) * fz;
    if (z > 0 && store.rgba[4 * s + 3] > 20) sample.push(z);
  }
  sample.sort((a, b) => a - b);
  if (sample.length === 0) return [0, 1];
  const near = sample[Math.floor(0.02 * sample.length)], far = sample[Math.floor(0.98 * (sample.length - 1))];
  return [near, Math.max(far, near * 1.001)];
}

/** Writes the colour words of all slots. RGB follows the camera where the field has higher harmonics, as depth does. */
export function paint(
  words: Uint32Array, stride: number, store: SplatStore, mode: Mode, know: Knowledge, camera: PageCamera,
): void {
  const { means, rgba, ids, harmonics, harmonic_count: width, harmonic_ranges, sh_degree } = store;
  const [fx, fy, fz] = camera.forward, [px, py, pz] = camera.position, [near, far] = mode === "depth" ? depth_range(store, camera) : [0, 1];
  const terms = new Float32Array(24), inverse = 1 / Math.log(far / near || 2), used = Math.min(width, 15);
  const scores = mode === "relevancy" ? know.scores : null, features = mode === "feature" ? know.features : null;
  const tint = mode === "rgb" || mode === "feature" ? 0.55 : 0;
  for (let slot = 0; slot < store.count; ++slot) {
    const id = ids[slot], q = 4 * slot, m = 3 * slot;
    if (know.alive && !know.alive[id]) { words[slot * stride] = 0; continue; }
    let r = rgba[q], g = rgba[q + 1], b = rgba[q + 2];
    const chosen = know.selected !== null && know.selected[id] === 1;
    if (mode === "depth") {
      const z = (means[m] - px) * fx + (means[m + 1] - py) * fy + (means[m + 2] - pz) * fz;
      const t = 3 * Math.round(255 * Math.min(1, Math.max(0, 1 - Math.log(Math.max(z, 1e-6) / near) * inverse)));
      r = ramp[t]; g = ramp[t + 1]; b = ramp[t + 2];
    } else if (scores) {
      const score = scores[id] ?? 0, t = 3 * score, grey = 0.25 * (0.3 * r + 0.59 * g + 0.11 * b);
      const part = score >= know.threshold ? 1 : 0.45;
      r = part * ramp[t] + (1 - part) * grey; g = part * ramp[t + 1] + (1 - part) * grey; b = part * ramp[t + 2] + (1 - part) * grey;
    } else if (features) {
      r = features[3 * id]; g = features[3 * id + 1]; b = features[3 * id + 2];
    } else if (mode === "selection") {
      const grey = 0.3 * r + 0.59 * g + 0.11 * b;
      if (chosen) { r = 0.35 * r + 0.65 * marked[0]; g = 0.35 * g + 0.65 * marked[1]; b = 0.35 * b + 0.65 * marked[2]; }
      else r = g = b = 30 + 0.45 * grey;
    } else if (sh_degree > 0) {
      const x = means[m] - px, y = means[m + 1] - py, z = means[m + 2] - pz, one = 1 / (Math.hypot(x, y, z) || 1);
      basis(sh_degree, x * one, y * one, z * one, terms);
      const unit = (255 * harmonic_ranges[slot]) / 127, from = slot * width * 3;
      for (let k = 0; k < used; ++k) {
        const t = terms[k] * unit, h = from + 3 * k;
        r += t * harmonics[h]; g += t * harmonics[h + 1]; b += t * harmonics[h + 2];
      }
    }
    if (chosen && tint > 0) { r += tint * (marked[0] - r); g += tint * (marked[1] - g); b += tint * (marked[2] - b); }
    r = r < 0 ? 0 : r > 255 ? 255 : r; g = g < 0 ? 0 : g > 255 ? 255 : g; b = b < 0 ? 0 : b > 255 ? 255 : b;
    words[slot * stride] = (r & 255) | ((g & 255) << 8) | ((b & 255) << 16) | (rgba[q + 3] << 24);
  }
}
