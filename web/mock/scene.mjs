// A field made up for work on the page: a floor, a ball, a cube and a ring, each a class.
export const words = ["floor", "ball", "cube", "ring"];
const colours = [[0.72, 0.69, 0.62], [0.80, 0.25, 0.20], [0.20, 0.45, 0.75], [0.90, 0.70, 0.20]];

function random_of(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function surface_point(label, u, v, w) {
  if (label === 0) return [4 * u - 2, 0.6 + 0.01 * w, 4 * v - 2];
  if (label === 1) {
    const z = 2 * u - 1, r = Math.sqrt(1 - z * z), a = 2 * Math.PI * v;
    return [-0.8 + 0.5 * r * Math.cos(a), 0.1 + 0.5 * r * Math.sin(a), 0.5 * z];
  }
  if (label === 2) {
    const side = Math.floor(6 * w), p = [u - 0.5, v - 0.5, v - 0.5], axis = side % 3;
    p[axis] = side < 3 ? -0.5 : 0.5;
    p[(axis + 1) % 3] = u - 0.5;
    p[(axis + 2) % 3] = v - 0.5;
    return [0.8 + 0.8 * p[0], 0.2 + 0.8 * p[1], 0.3 + 0.8 * p[2]];
  }
  const a = 2 * Math.PI * u, b = 2 * Math.PI * v;
  return [0.1 + (0.4 + 0.12 * Math.cos(b)) * Math.cos(a), 0.48 + 0.12 * Math.sin(b), -1 + (0.4 + 0.12 * Math.cos(b)) * Math.sin(a)];
}

/** `count` splats in random order; columns as typed arrays. */
export function make_scene(count) {
  const random = random_of(7);
  const scene = { count, labels: new Uint8Array(count), means: new Float32Array(3 * count), rgba: new Uint8Array(4 * count),
    scale: Math.min(0.05, 4.5 / Math.sqrt(count)) };
  for (let i = 0; i < count; ++i) {
    const label = random() < 0.5 ? 0 : 1 + Math.floor(3 * random());
    const p = surface_point(label, random(), random(), random());
    scene.labels[i] = label;
    scene.means.set(p, 3 * i);
    const chequered = label === 0 && (Math.floor(p[0] * 2) + Math.floor(p[2] * 2)) & 1 ? 0.8 : 1;
    const shade = label === 0 ? chequered : 0.75 + 0.3 * Math.max(0, -(p[1] - 0.2));
    for (let c = 0; c < 3; ++c) scene.rgba[4 * i + c] = Math.min(255, 255 * colours[label][c] * shade * (0.95 + 0.1 * random()));
    scene.rgba[4 * i + 3] = 230;
  }
  return scene;
}

export function make_views(number, width, height) {
  const views = [];
  for (let i = 0; i < number; ++i) {
    const a = (2 * Math.PI * i) / number, eye = [3 * Math.sin(a), -1.4, -3 * Math.cos(a)], to = [0, 0.2, 0];
    const unit = (v) => v.map((x) => x / Math.hypot(...v));
    const forward = unit(to.map((x, k) => x - eye[k]));
    const right = unit([forward[2], 0, -forward[0]]);  // forward x (world's up)
    const down = [forward[1] * right[2] - forward[2] * right[1], forward[2] * right[0] - forward[0] * right[2],
      forward[0] * right[1] - forward[1] * right[0]];
    const rows = [right, down, forward].flatMap((r) => [...r, -(r[0] * eye[0] + r[1] * eye[1] + r[2] * eye[2])]);
    views.push({ name: String(i).padStart(4, "0"), split: i % 4 === 3 ? "test" : "train", width, height, fx: 0.9 * width,
      fy: 0.9 * width, cx: width / 2, cy: height / 2, world_to_camera: [...rows, 0, 0, 0, 1] });
  }
  return views;
}

const float_view = new Float32Array(1), bits_view = new Uint32Array(float_view.buffer);
/** float16 of a positive number in the normal range. */
function half(value) {
  float_view[0] = value;
  return Math.max(0, (((bits_view[0] >>> 23) - 112) << 10) | ((bits_view[0] >>> 13) & 1023));
}

/** A block of the protocol with these rows. */
export function block_of(scene, rows) {
  const n = rows.length, out = Buffer.alloc(8 + 4 * n + 12 * n + ((6 * n + 3) & ~3) + 8 * n);
  out.writeUInt32LE(n, 0);
  let at = 8;
  for (const row of rows) at = out.writeUInt32LE(row, at);
  for (const row of rows) for (let c = 0; c < 3; ++c) at = out.writeFloatLE(scene.means[3 * row + c], at);
  const s = half(scene.scale);
  for (let i = 0; i < 3 * n; ++i) at = out.writeUInt16LE(s, at);
  at = (at + 3) & ~3;
  for (let i = 0; i < n; ++i, at += 4) out[at] = 127;
  for (const row of rows) for (let c = 0; c < 4; ++c) out[at++] = scene.rgba[4 * row + c];
  return out;
}
