// The page of one field: the picture, tools at its left, modes above, panels at its side.
import { field_info, type FieldInfo } from "./api";
import { pose_of_scene, pose_of_view, type Pose } from "./camera";
import type { Mode } from "./colours";
import { CameraControls } from "./controls";
import { button, h, rove, say, thousands } from "./dom";
import { FieldScene } from "./field_scene";
import { show_help } from "./help";
import { header } from "./header";
import { edit_panel } from "./panels/edit_panel";
import { QueryPanel } from "./panels/query_panel";
import { download_panel, selection_panel } from "./panels/selection_panel";
import { training_panel } from "./panels/training_panel";
import { views_panel } from "./panels/views_panel";
import { Tools, type Tool } from "./tools";

const mode_names: [Mode, string][] = [["rgb", "Colour"], ["depth", "Depth"], ["feature", "Features"], ["relevancy", "Relevancy"], ["selection", "Selection"]];
const tool_names: [Tool, string][] = [["orbit", "Turn"], ["click", "Click"], ["box", "Box"], ["lasso", "Lasso"], ["scribble", "Scribble"]];

/** Fills the page; returns what takes it down again. */
export async function field_page(root: HTMLElement, name: string): Promise<() => void> {
  const info = await field_info(name);
  document.title = `${info.name} · retort`;
  const page = new FieldPage(root, info);
  return () => page.dispose();
}

class FieldPage {
  private scene: FieldScene;
  private controls: CameraControls;
  private tools: Tools;
  private query: QueryPanel;
  private stage: HTMLElement;
  private picture = h("img", { class: "picture", alt: "The engine's picture of this view", hidden: true });
  private start: Pose;
  private view_index = -1;
  private quiet = new AbortController();
  private sizes: ResizeObserver;

  constructor(root: HTMLElement, private info: FieldInfo) {
    this.scene = new FieldScene(info);
    const { scene } = this;
    scene.camera.up = info.up;
    this.stage = h("main", { class: "stage", "aria-label": "The field" });
    this.controls = new CameraControls(scene, this.stage);
    this.tools = new Tools(scene, this.controls);
    this.query = new QueryPanel(scene, this.tools);
    scene.view.canvas.setAttribute("aria-hidden", "true");
    this.stage.append(scene.view.canvas, this.picture, this.tools.overlay, this.tool_bar(), this.mode_bar(), this.status());
    root.replaceChildren(header(info.name), h("div", { class: "field-page" }, this.stage, this.panels()));
    this.start = info.views.length ? pose_of_view(info.views[0], info.centre, this.stage.clientWidth / Math.max(1, this.stage.clientHeight))
      : pose_of_scene(info.centre, info.radius, info.up);
    scene.camera.set(this.start);
    this.sizes = new ResizeObserver(() => {
      scene.view.resize(this.stage.clientWidth, this.stage.clientHeight);
      this.tools.resize();
    });
    this.sizes.observe(this.stage);
    this.watch_camera();
    this.keys();
    this.tools.choose("orbit");
    expose(scene, this.controls);
  }

  dispose(): void {
    this.quiet.abort();
    this.sizes.disconnect();
    this.scene.dispose();
    delete window.retort;
  }

  private watch_camera(): void {
    this.scene.view.camera_moved = () => {
      this.picture.hidden = true;
      this.tools.camera_moved();
    };
  }

  private tool_bar(): HTMLElement {
    const bar = h("div", { class: "tool-bar", role: "toolbar", "aria-label": "Tools", "aria-orientation": "vertical" });
    const buttons = tool_names.map(([tool, name], i) => {
      const made = button(name, () => this.tools.choose(tool), { icon: tool, title: `${name} (${i + 1})` });
      made.dataset.tool = tool;
      return made;
    });
    this.tools.changed = () => buttons.forEach((made) => made.setAttribute("aria-pressed", String(made.dataset.tool === this.tools.tool)));
    const others = [
      button("The engine's own picture of this view", () => void this.engine_picture(), { icon: "camera", title: "The engine's own picture of this view (P)" }),
      button("Keys and pointer", show_help, { icon: "help", title: "Keys and pointer (?)" })];
    bar.append(...buttons, h("hr", {}), ...others);
    rove(bar, [...buttons, ...others]);
    return bar;
  }

  private mode_bar(): HTMLElement {
    const bar = h("div", { class: "mode-bar", role: "radiogroup", "aria-label": "What the colours show" });
    const buttons = mode_names.map(([mode, name]) => {
      const made = h("button", { type: "button", role: "radio", onclick: () => this.choose_mode(mode) }, name);
      made.dataset.mode = mode;
      return made;
    });
    const show = (): void => buttons.forEach((made) => {
      made.setAttribute("aria-checked", String(made.dataset.mode === this.scene.mode));
      made.disabled = made.dataset.mode === "feature" && this.info.feature_dim === 0;
    });
    this.scene.on("mode", show);
    show();
    bar.append(...buttons);
    // What can't be shown yet is only passed over.
    rove(bar, buttons, (at) => { if (at.dataset.mode !== "relevancy" || this.scene.know.scores) at.click(); });
    return bar;
  }

  private choose_mode(mode: Mode): void {
    if (mode === "relevancy" && !this.scene.know.scores) {
      say(this.info.words ? "Name a thing first" : this.info.why_no_words || "This field cannot be asked by name", !this.info.words);
      this.query.focus();
      return;
    }
    this.scene.set_mode(mode);
  }

  private status(): HTMLElement {
    const line = h("div", { class: "status", "aria-live": "off" });
    const show = (): void => {
      const { store, connected, loaded, counts } = this.scene;
      const splats = loaded ? `${thousands(counts.alive)} splats` : `${thousands(store?.count ?? 0)} of ${thousands(this.info.splats)} splats`;
      line.textContent = connected ? splats : `${splats} · not connected, trying again`;
      line.classList.toggle("broken", !connected);
    };
    for (const topic of ["connection", "loaded", "counts", "knowledge"] as const) this.scene.on(topic, show);
    const timer = window.setInterval(() => { show(); if (this.scene.loaded) window.clearInterval(timer); }, 300);
    this.quiet.signal.addEventListener("abort", () => window.clearInterval(timer));
    show();
    return line;
  }

  private panels(): HTMLElement {
    const { scene, tools } = this;
    const section = (title: string, body: HTMLElement, open = true): HTMLElement =>
      h("details", { class: "section", open }, h("summary", {}, title), body);
    const side = h("aside", { class: "panels", "aria-label": "Panels" });
    const fold = button("Panels", () => fold.setAttribute("aria-expanded", String(!side.classList.toggle("folded"))),
      { icon: "panel", class: "icon-button fold" });
    fold.setAttribute("aria-expanded", "true");
    let training: HTMLElement | null = null;
    const show_training = (): void => {
      if (training) return;
      training = section("Training", training_panel(scene));
      fold.after(training);
    };
    side.append(fold, section("Ask", this.query.element), section("Selection", selection_panel(scene, tools)), section("Edit", edit_panel(scene)),
      section("Views", views_panel(scene, this.controls), window.innerWidth > 700), section("Download", download_panel(scene), false));
    if (this.info.live) show_training();
    scene.on("training", show_training);  // a run may begin at any time
    return side;
  }

  private async engine_picture(): Promise<void> {
    const { mode } = this.scene, camera = this.scene.camera.message();
    const answer = await this.scene.tell("picture", { camera, mode: mode === "selection" ? "rgb" : mode });
    if (!answer || JSON.stringify(camera) !== JSON.stringify(this.scene.camera.message())) return;
    this.picture.src = `data:image/png;base64,${String(answer.png)}`;
    this.picture.hidden = false;
    say("Drawn by the engine; move to go back");
  }

  private fly_to_view(step: number): void {
    const { views, centre } = this.info, { camera } = this.scene;
    if (!views.length) return;
    this.view_index = (this.view_index + step + views.length) % views.length;
    this.controls.fly_to(pose_of_view(views[this.view_index], centre, camera.width / camera.height));
    say(`View ${views[this.view_index].name}`);
  }

  private keys(): void {
    const { signal } = this.quiet, { scene, tools, controls } = this;
    const remove = (): void => void scene.tell("edit", { edit: { delete: {} } });
    const once: Record<string, () => void> = {
      "/": () => this.query.focus(), "?": show_help, r: () => controls.fly_to(this.start), p: () => void this.engine_picture(),
      i: () => void scene.tell("invert"), "+": () => void scene.tell("grow", { rings: 1 }), "-": () => void scene.tell("shrink", { rings: 1 }),
      "[": () => this.fly_to_view(-1), "]": () => this.fly_to_view(1), Delete: remove, Backspace: remove,
      Escape: () => { tools.forget(); if (scene.counts.count) void scene.tell("select_none"); },
      f: () => { controls.flying = !controls.flying; say(controls.flying ? "Fly: drag looks around" : "Orbit: drag turns about the middle"); },
      m: () => this.next_mode(),
    };
    tool_names.forEach(([tool], i) => { once[String(i + 1)] = () => tools.choose(tool); });
    document.addEventListener("keydown", (event) => {
      const target = event.target as HTMLElement;
      if (target.closest("input:not([type=range]), select, textarea, dialog")) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
        event.preventDefault();
        void scene.tell(event.shiftKey ? "redo" : "undo");
      } else if (!event.ctrlKey && !event.metaKey && !event.altKey) {
        // Arrows move sliders and the page's own lists; elsewhere they turn the picture and scroll nothing.
        const arrow = event.key.startsWith("Arrow");
        if (!(arrow && target.closest("input, .panels"))) {
          if (controls.key(event, true)) { if (arrow) event.preventDefault(); return; }
        }
        const act = once[event.key] ?? once[event.key.toLowerCase()];
        if (act) { event.preventDefault(); act(); }
      }
    }, { signal });
    document.addEventListener("keyup", (event) => controls.key(event, false), { signal });
    window.addEventListener("blur", () => controls.release(), { signal });
  }

  private next_mode(): void {
    const able = mode_names.map(([mode]) => mode).filter((mode) =>
      (mode !== "relevancy" || this.scene.know.scores) && (mode !== "feature" || this.info.feature_dim > 0));
    this.scene.set_mode(able[(able.indexOf(this.scene.mode) + 1) % able.length]);
  }
}

/** What tests look at; nothing of the page uses it. */
interface TestHooks {
  frames(): number; idle(): boolean; drawn(): number; first_frame_ms(): number; loaded(): boolean; counts(): { count: number; alive: number; undoes: number };
  pose(): Pose; set_pose(pose: Pose): void; project(world: [number, number, number]): [number, number]; mode(): string;
  connected(): boolean; training_step(): number; fields(): number; fix_scale(scale: number): void;
}
declare global { interface Window { retort?: TestHooks } }

function expose(scene: FieldScene, controls: CameraControls): void {
  window.retort = {
    frames: () => scene.view.frames, idle: () => scene.view.idle, drawn: () => scene.view.drawn_splats, first_frame_ms: () => scene.view.first_frame_ms,
    loaded: () => scene.loaded, counts: () => ({ ...scene.counts }), pose: () => scene.camera.pose, set_pose: (pose) => controls.fly_to(pose),
    mode: () => scene.mode, connected: () => scene.connected, training_step: () => scene.training?.step ?? -1,
    fields: () => scene.fields_loaded,
    fix_scale: (scale) => { scene.view.fixed_scale = scale; scene.view.request(); },
    project: (world) => {
      const { world_to_camera: m, fx, fy, cx, cy } = scene.camera.message();
      const at = [0, 4, 8].map((r) => m[r] * world[0] + m[r + 1] * world[1] + m[r + 2] * world[2] + m[r + 3]);
      return [(fx * at[0]) / at[2] + cx, (fy * at[1]) / at[2] + cy];
    },
  };
}
