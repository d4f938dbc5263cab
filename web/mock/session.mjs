// What a field's session answers, in the plainest way: classes are known, clicks take the class under them.
import { block_of, words } from "./scene.mjs";

const near_pixels = 16;  // of a click or a scribble: a few thousand splats lie far apart

const packed = (flags) => {
  const out = Buffer.alloc((flags.length + 7) >> 3);
  flags.forEach((on, i) => { if (on) out[i >> 3] |= 1 << (i & 7); });
  return out;
};

export class Session {
  constructor(scene) {
    Object.assign(this, { scene, selected: new Uint8Array(scene.count), alive: new Uint8Array(scene.count).fill(1), past: [], future: [], scores: null });
  }

  message(kind, id, body) {
    const head = Buffer.alloc(16);
    head.write("RTSB");
    [kind, id, this.scene.count].forEach((value, i) => head.writeUInt32LE(value, 4 + 4 * i));
    return Buffer.concat([head, body]);
  }

  projected(camera, i) {
    const m = camera.world_to_camera, p = this.scene.means.subarray(3 * i, 3 * i + 3);
    const at = [0, 4, 8].map((r) => m[r] * p[0] + m[r + 1] * p[1] + m[r + 2] * p[2] + m[r + 3]);
    return at[2] > 0 ? [camera.fx * at[0] / at[2] + camera.cx, camera.fy * at[1] / at[2] + camera.cy, at[2]] : null;
  }

  class_at(camera, [x, y]) {
    let best = null;
    for (let i = 0; i < this.scene.count; ++i) {
      const p = this.alive[i] ? this.projected(camera, i) : null;
      if (p && Math.hypot(p[0] - x, p[1] - y) < near_pixels && (!best || p[2] < best.z)) best = { z: p[2], label: this.scene.labels[i] };
    }
    return best?.label ?? -1;
  }

  combine(how, made) {
    for (let i = 0; i < made.length; ++i) {
      const was = this.selected[i], now = made[i] && this.alive[i] ? 1 : 0;
      this.selected[i] = how === "add" ? was | now : how === "subtract" ? was & ~now & 1 : how === "intersect" ? was & now : now;
    }
  }

  selection(id) {
    return [{ count: this.selected.reduce((a, b) => a + b, 0), milliseconds: 12 }, this.message(2, id, packed(this.selected))];
  }

  state(id) {
    return [{ undoes: this.past.length, redoes: this.future.length, alive: this.alive.reduce((a, b) => a + b, 0) },
      this.message(3, id, packed(this.alive)), this.message(2, id, packed(this.selected))];
  }

  snapshot() { return { alive: this.alive.slice(), selected: this.selected.slice(), rgba: this.scene.rgba.slice(), means: this.scene.means.slice() }; }

  restore(from, to, id) {
    if (!from.length) throw new Error("there is nothing to undo or redo");
    to.push(this.snapshot());
    const { alive, selected, rgba, means } = from.pop();
    Object.assign(this, { alive, selected });
    Object.assign(this.scene, { rgba, means });
    return [...this.state(id), this.message(4, id, block_of(this.scene, [...alive.keys()]))];
  }

  /** The answer's fields, then its binaries. */
  answer(request) {
    const { id, op } = request, { scene } = this, n = scene.count;
    switch (op) {
      case "state": return this.state(id);
      case "query": {
        const label = words.indexOf(request.asked);
        if (label < 0) throw new Error(`'${request.asked}' is no word of the vocabulary: ${words.join(", ")}`);
        const scores = Buffer.alloc(n), histogram = new Array(64).fill(0);
        for (let i = 0; i < n; ++i) {
          const noise = (Math.imul(i, 2654435761) >>> 24) - 128;
          scores[i] = Math.max(0, Math.min(255, (scene.labels[i] === label ? 205 : 60) + noise * 0.3));
          ++histogram[scores[i] >> 2];
        }
        this.scores = scores;
        return [{ histogram, low: 0, high: 1, threshold: 0.52, nearest_wins: scene.labels.filter((l) => l === label).length }, this.message(1, id, scores)];
      }
      case "select_query": {
        const least = 255 * (request.threshold ?? 0.5);
        this.combine(request.combine, Uint8Array.from(this.scores, (s) => (s >= least ? 1 : 0)));
        return this.selection(id);
      }
      case "click": {
        const label = this.class_at(request.camera, request.positive[0]);
        this.combine(request.combine, scene.labels.map((l) => (l === label ? 1 : 0)));
        return this.selection(id);
      }
      case "box": case "lasso": case "scribble": {
        const brush = request.op === "scribble" ? near_pixels : 0;
        const xs = request.points.flatMap((p) => [p[0] - brush, p[0] + brush]), ys = request.points.flatMap((p) => [p[1] - brush, p[1] + brush]);
        const made = Uint8Array.from({ length: n }, (_, i) => {
          const p = this.projected(request.camera, i);
          return p && p[0] >= Math.min(...xs) && p[0] <= Math.max(...xs) && p[1] >= Math.min(...ys) && p[1] <= Math.max(...ys) && scene.labels[i] ? 1 : 0;
        });
        this.combine(request.combine, made);
        return this.selection(id);
      }
      case "grow": case "shrink": case "fringe": return this.selection(id);
      case "invert": this.selected = Uint8Array.from(this.selected, (s, i) => (s ? 0 : this.alive[i])); return this.selection(id);
      case "select_all": this.selected = this.alive.slice(); return this.selection(id);
      case "select_none": this.selected.fill(0); return this.selection(id);
      case "edit": {
        if (!this.selected.some(Boolean)) throw new Error("nothing is selected");
        this.past.push(this.snapshot());
        this.future = [];
        const rows = [...this.selected.keys()].filter((i) => this.selected[i]);
        const [name, value] = Object.entries(request.edit)[0];
        if (name === "delete") for (const i of rows) this.alive[i] = this.selected[i] = 0;
        else if (name === "extract") this.alive = this.selected.slice();
        else if (name === "recolour") { scene.rgba = scene.rgba.slice(); for (const i of rows) scene.rgba.set(value.colour.map((c) => 255 * c), 4 * i); }
        else if (name === "transform") { scene.means = scene.means.slice(); for (const i of rows) for (let c = 0; c < 3; ++c) scene.means[3 * i + c] += value.move?.[c] ?? 0; }
        else throw new Error(`the mock does not know the edit '${name}'`);
        return [...this.state(id), this.message(4, id, block_of(scene, rows))];
      }
      case "undo": return this.restore(this.past, this.future, id);
      case "redo": return this.restore(this.future, this.past, id);
      case "feature_colours": return [{}, this.message(5, id, Buffer.from(Uint8Array.from({ length: 3 * n }, (_, i) => [230, 90, 40, 160, 60, 200, 120][scene.labels[Math.floor(i / 3)] + (i % 3)])))];
      case "script": return [{ yaml: "steps:\n  - select: {query: ball}\n  - delete: {}\n" }];
      case "save": return [{ path: `selections/${request.name}.safetensors`, step: null }];
      default: throw new Error(`the mock does not know '${op}'`);
    }
  }
}
