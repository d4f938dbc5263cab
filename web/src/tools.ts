// Pointing at things in the picture: click, box, lasso, scribble, drawn on a canvas over it.
import type { CameraControls } from "./controls";
import { h, say } from "./dom";
import type { FieldScene } from "./field_scene";

export type Tool = "orbit" | "click" | "box" | "lasso" | "scribble";
export type Combine = "replace" | "add" | "subtract" | "intersect";
type Point = [number, number];

const click_slack = 4;     // pixels that a click may wander
const least_step = 2;      // pixels between two points of a line
const most_points = 4096;  // that the server takes

export class Tools {
  readonly overlay = h("canvas", { class: "overlay", tabindex: 0, role: "application",
    "aria-label": "The field. Arrows turn, keys W A S D move, tools 1 to 5; with the click tool Enter clicks the middle." });
  tool: Tool = "orbit";
  combine: Combine = "replace";
  similarity = 0;  // 0: the server finds one that parts the thing from its surroundings
  changed: (() => void) | null = null;
  private points: Point[] = [];
  private positive: Point[] = [];
  private negative: Point[] = [];
  private clicks_pose = "";
  private active: number | null = null;

  constructor(private scene: FieldScene, private controls: CameraControls) {
    const { overlay } = this;
    overlay.addEventListener("pointerdown", (event) => this.down(event));
    overlay.addEventListener("pointermove", (event) => this.move(event));
    overlay.addEventListener("pointerup", (event) => void this.up(event));
    overlay.addEventListener("pointercancel", (event) => this.cancel(event));
    overlay.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || this.tool !== "click") return;
      event.preventDefault();
      void this.clicked([overlay.clientWidth / 2, overlay.clientHeight / 2], event.shiftKey, event.ctrlKey || event.metaKey);
    });
  }

  choose(tool: Tool): void {
    this.tool = tool;
    this.forget();
    this.overlay.dataset.tool = tool;
    this.changed?.();
  }

  /** Takes back what is being drawn and the clicks that stand. */
  forget(): void {
    this.points = this.positive = this.negative = [];
    this.active = null;
    this.draw();
  }

  resize(): void { this.draw(); }

  private place(event: PointerEvent): Point {
    const frame = this.overlay.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  private down(event: PointerEvent): void {
    if (this.tool === "orbit" || event.button !== 0 || this.active !== null) { this.controls.down(event); return; }
    this.active = event.pointerId;
    this.overlay.setPointerCapture(event.pointerId);
    this.points = [this.place(event)];
  }

  private move(event: PointerEvent): void {
    if (event.pointerId !== this.active) { this.controls.move(event); return; }
    const point = this.place(event);
    if (this.tool === "box") this.points = [this.points[0], point];
    else if (this.tool !== "click") {
      if (this.distance(point, this.points[this.points.length - 1]) >= least_step) this.points.push(point);
    }
    else if (this.wandered(point)) {
      // A drag with the click tool turns the scene, so that it need not be left for that.
      this.active = null;
      this.controls.down(event);
      return;
    }
    this.draw();
  }

  private async up(event: PointerEvent): Promise<void> {
    if (event.pointerId !== this.active) { this.controls.up(event); return; }
    this.active = null;
    if (this.tool === "click") await this.clicked(this.points[0], event.shiftKey, event.ctrlKey || event.metaKey);
    else await this.drawn();
  }

  private cancel(event: PointerEvent): void {
    if (event.pointerId === this.active) this.forget(); else this.controls.up(event);
  }

  private distance(a: Point, b: Point): number { return Math.hypot(a[0] - b[0], a[1] - b[1]); }

  private wandered(point: Point): boolean { return this.distance(point, this.points[0]) > click_slack; }

  /** Shift: not this. Ctrl: this too, beside the clicks that stand (as long as the camera does). */
  private async clicked(point: Point, negative: boolean, more: boolean): Promise<void> {
    const camera = this.scene.camera.message(), pose = JSON.stringify(camera);
    const goes_on = (negative || more) && pose === this.clicks_pose && this.positive.length > 0;
    if (negative && !goes_on) {
      this.positive = [point];
      this.negative = [];
    } else if (negative) {
      this.negative = [...this.negative, point];
    } else {
      this.positive = goes_on ? [...this.positive, point] : [point];
      if (!goes_on) this.negative = [];
    }
    this.clicks_pose = pose;
    this.draw();
    // A lone negative click takes its thing out of what is selected.
    const combine = negative && !goes_on ? "subtract" : goes_on ? "replace" : this.combine;
    await this.ask("click", { camera, positive: this.positive, negative: this.negative, combine });
    if (combine === "subtract") this.forget();
  }

  private async drawn(): Promise<void> {
    const line = this.points, stride = Math.ceil(line.length / most_points);
    const points = line.filter((_, i) => i % stride === 0);
    if (line.some((point) => this.wandered(point)) && !(this.tool === "lasso" && points.length < 3)) {
      await this.ask(this.tool, { camera: this.scene.camera.message(), points, combine: this.combine });
    }
    if (this.points !== line) return;  // the next one is being drawn already
    this.points = [];
    this.draw();
  }

  private async ask(op: string, fields: Record<string, unknown>): Promise<void> {
    const answer = await this.scene.tell(op, { similarity: this.similarity, ...fields });
    if (!answer) return;
    const took = typeof answer.milliseconds === "number" ? ` in ${answer.milliseconds.toFixed(0)} ms` : "";
    say(`${this.scene.counts.count.toLocaleString("en-US")} splats selected${took}`);
  }

  private draw(): void {
    const { overlay } = this, ratio = window.devicePixelRatio || 1;
    overlay.width = Math.round(overlay.clientWidth * ratio);
    overlay.height = Math.round(overlay.clientHeight * ratio);
    const context = overlay.getContext("2d")!;
    context.scale(ratio, ratio);
    if (this.clicks_pose === JSON.stringify(this.scene.camera.message())) this.draw_clicks(context);
    if (this.points.length < 2) return;
    context.beginPath();
    if (this.tool === "box") {
      const [[x0, y0], [x1, y1]] = this.points;
      context.rect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
    } else {
      this.points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      if (this.tool === "lasso") context.closePath();
    }
    context.lineWidth = this.tool === "scribble" ? 6 : 1.5;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = this.tool === "scribble" ? "rgba(255,158,44,.8)" : "#ff9e2c";
    context.fillStyle = "rgba(255,158,44,.14)";
    if (this.tool !== "scribble") context.fill();
    context.stroke();
  }

  private draw_clicks(context: CanvasRenderingContext2D): void {
    const mark = ([x, y]: Point, colour: string, sign: string): void => {
      context.beginPath();
      context.arc(x, y, 7, 0, 7);
      context.fillStyle = colour;
      context.strokeStyle = "#fff";
      context.lineWidth = 1.5;
      context.fill();
      context.stroke();
      context.fillStyle = "#fff";
      context.font = "bold 12px system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(sign, x, y + 0.5);
    };
    for (const point of this.positive) mark(point, "#d97706", "+");
    for (const point of this.negative) mark(point, "#475569", "−");
  }

  /** Clicks belong to one picture: when the camera moves they fade. */
  camera_moved(): void {
    if (this.positive.length + this.negative.length > 0 && this.clicks_pose !== JSON.stringify(this.scene.camera.message())) this.forget();
  }
}
