// Small line charts in SVG: axes with round numbers, a reading under the pointer.
import { h, short_number, svg } from "./dom";

export interface Line { name: string; points: [x: number, y: number][] }
export interface ChartOptions { height?: number; width?: number; label: string; legend?: boolean; log?: boolean }

const usual_width = 600, left = 66, right = 30, top = 10, bottom = 24;
const most_points = 600;  // of a line; longer ones are thinned

export const line_colours = ["var(--line-1)", "var(--line-2)", "var(--line-3)", "var(--line-4)", "var(--line-5)", "var(--line-6)"];

/** Round numbers between two bounds, about `wanted` of them. */
export function ticks(low: number, high: number, wanted = 4): number[] {
  const rough = (high - low) / wanted || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough)!;
  const values: number[] = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-9; v += step) values.push(Number(v.toPrecision(12)));
  return values;
}

function thinned(points: [number, number][]): [number, number][] {
  if (points.length <= most_points) return points;
  const stride = points.length / most_points;
  return [...Array.from({ length: most_points }, (_, i) => points[Math.floor(i * stride)]), points[points.length - 1]];
}

export class LineChart {
  readonly element: HTMLElement;
  private plot: SVGElement;
  private reading = h("div", { class: "reading", "aria-hidden": "true" });
  private legend = h("div", { class: "legend" });
  private lines: Line[] = [];
  private span: [number, number] = [0, 1];

  constructor(private options: ChartOptions) {
    this.plot = svg("svg", { viewBox: `0 0 ${this.width} ${this.height}`, role: "img", "aria-label": options.label });
    this.element = h("figure", { class: "chart" }, this.plot as unknown as Node, this.reading, options.legend ? this.legend : null);
    this.plot.addEventListener("pointermove", (event) => this.read(event as PointerEvent));
    this.plot.addEventListener("pointerleave", () => { this.show_reading(this.span[1]); });
  }

  private get height(): number { return this.options.height ?? 180; }
  private get width(): number { return this.options.width ?? usual_width; }

  draw(lines: Line[]): void {
    this.lines = lines.map(({ name, points }) => ({ name, points: thinned(points.filter(([, y]) => Number.isFinite(y))) }));
    const all = this.lines.flatMap((line) => line.points);
    if (all.length === 0) { this.plot.replaceChildren(); return; }
    const xs = all.map((p) => p[0]), ys = all.map((p) => p[1]);
    const x0 = Math.min(...xs), x1 = Math.max(...xs, x0 + 1);
    let y0 = Math.min(...ys), y1 = Math.max(...ys);
    if (y1 - y0 < 1e-12) { y0 -= 0.5 * Math.abs(y0) || 0.5; y1 += 0.5 * Math.abs(y1) || 0.5; }
    const pad = 0.05 * (y1 - y0);
    this.span = [x0, x1];
    const { width } = this;
    const at_x = (x: number): number => left + ((x - x0) / (x1 - x0)) * (width - left - right);
    const at_y = (y: number): number => this.height - bottom - ((y - y0 + pad) / (y1 - y0 + 2 * pad)) * (this.height - top - bottom);
    this.plot.replaceChildren(
      ...ticks(y0, y1, this.height < 150 ? 3 : 4).flatMap((v) => [
        svg("line", { x1: left, x2: width - right, y1: at_y(v), y2: at_y(v), class: "grid" }),
        svg("text", { x: left - 8, y: at_y(v) + 4, "text-anchor": "end" }, short_number(v))]),
      ...ticks(x0, x1, 5).filter(Number.isInteger).map((v) => svg("text", { x: at_x(v), y: this.height - 6, "text-anchor": "middle" }, v.toLocaleString("en-US"))),
      ...this.lines.map((line, i) => svg("polyline", { class: "line", style: `stroke: ${line_colours[i % line_colours.length]}`,
        points: (line.points.length > 1 ? line.points : [...line.points, ...line.points]).map(([x, y]) => `${at_x(x).toFixed(1)},${at_y(y).toFixed(1)}`).join(" ") })));
    this.show_reading(x1);
    this.legend.replaceChildren(...lines.map((line, i) => h("span", {}, h("i", { style: `background: ${line_colours[i % line_colours.length]}` }), line.name)));
  }

  private read(event: PointerEvent): void {
    const frame = this.plot.getBoundingClientRect(), [x0, x1] = this.span, { width } = this;
    const part = (((event.clientX - frame.left) / frame.width) * width - left) / (width - left - right);
    this.show_reading(x0 + Math.max(0, Math.min(1, part)) * (x1 - x0));
  }

  /** The values next to a place; the last ones while no pointer is there. */
  private show_reading(x: number): void {
    const nearest = (points: [number, number][]): [number, number] =>
      points.reduce((best, p) => (Math.abs(p[0] - x) < Math.abs(best[0] - x) ? p : best));
    this.reading.textContent = this.lines.filter((line) => line.points.length).map((line) => {
      const [step, value] = nearest(line.points);
      return `${this.lines.length > 1 ? `${line.name} ` : ""}${short_number(value)} at ${step.toLocaleString("en-US")}`;
    }).join(" · ");
  }
}
