// Draws splats with Spark on three.js: only when something changed, and in fewer pixels while it moves on slow machines.
import { PackedSplats, SparkRenderer, SplatMesh, utils } from "@sparkjsdev/spark";
import { Color, Matrix4, PerspectiveCamera, Scene, WebGLRenderer } from "three";
import type { Vec3 } from "./api";
import type { PageCamera } from "./camera";
import type { SplatStore } from "./splats";

const texture_width = 2048;   // Spark keeps splats in rows of this many
const moving_budget_ms = 60;  // a moving picture gets as many pixels as can be drawn in this time
const rest_budget_ms = 1500;  // and a resting one in this
const rest_ms = 180;          // without a change: then the picture is drawn at rest's size
const least_scale = 0.25;     // of the page's pixels
const least_rest_scale = 0.5;
const most_refinements = 2;   // of a picture at rest, each finer than the last
const first_scale_software = 0.3;
const first_splats = 16384;   // of the first picture; any beginning of the splats is a fair sample of all
const slow_splat_ms = 400;    // a moving picture that takes longer at least_scale gets fewer splats

export class SplatView {
  readonly canvas: HTMLCanvasElement;
  frames = 0;             // drawn to the end
  drawn_splats = 0;       // in the last of them
  first_frame_ms = 0;     // since navigation, of the first frame that was not empty
  rested: (() => void) | null = null;
  camera_moved: (() => void) | null = null;

  private renderer: WebGLRenderer;
  private spark: SparkRenderer;
  private scene = new Scene();
  private camera = new PerspectiveCamera();
  private mesh: SplatMesh | null = null;
  private packed: PackedSplats | null = null;
  private array = new Uint32Array(0);
  private wanted = false;
  private in_flight = false;
  private pixel_ms = 0;  // what a frame took, at scale 1, if all of it goes by pixels; 0: not known yet
  private software = false;
  private scale = 0;
  private splat_ms = 0;   // what a frame took for each splat
  private count = 0;
  private filling = true;
  private last_change = 0;
  private rest_timer = 0;
  private refinements = 0;
  private disposed = false;

  constructor(private page_camera: PageCamera) {
    this.renderer = new WebGLRenderer({ antialias: false, alpha: false, powerPreference: "high-performance" });
    this.canvas = this.renderer.domElement;
    this.software = is_software(this.renderer);
    this.spark = new SparkRenderer({ renderer: this.renderer, onDirty: () => this.request(), enableLod: false, sortRadial: false,
      preBlurAmount: 0.3, maxStdDev: this.software ? Math.sqrt(6) : 3 });
    this.scene.add(this.spark);
  }

  set background(colour: Vec3) {
    this.scene.background = new Color().setRGB(...colour, "srgb");
    this.request();
  }

  /** Pixels of the drawing buffer for one of the page, however long a picture takes; 0: as many as the machine can. */
  fixed_scale = 0;

  /** Makes room for `capacity` splats around `origin`, whose neighbourhood keeps the most precision. */
  reserve(capacity: number, origin: Vec3): void {
    const rows = Math.max(1, Math.ceil(capacity / texture_width));
    this.array = new Uint32Array(rows * texture_width * 4);
    if (this.mesh) { this.scene.remove(this.mesh); this.mesh.dispose(); }
    this.packed = new PackedSplats({ packedArray: this.array, numSplats: 0 });
    this.mesh = new SplatMesh({ packedSplats: this.packed });
    this.mesh.position.set(...origin);
    this.scene.add(this.mesh);
  }

  get capacity(): number { return this.array.length / 4; }

  /** Writes geometry of slots; colours come from paint(). */
  place(store: SplatStore, slots: Int32Array): void {
    const { x, y, z } = this.mesh!.position, { means, scales, quaternions } = store;
    for (const slot of slots) {
      const m = slot * 3, q = slot * 4;
      const norm = Math.hypot(quaternions[q], quaternions[q + 1], quaternions[q + 2], quaternions[q + 3]) || 1;
      utils.setPackedSplat(this.array, slot, means[m] - x, means[m + 1] - y, means[m + 2] - z,
        scales[m], scales[m + 1], scales[m + 2],
        quaternions[q + 1] / norm, quaternions[q + 2] / norm, quaternions[q + 3] / norm, quaternions[q] / norm, 0, 0, 0, 0);
    }
  }

  /** The colours of all slots, RGBA in one word each; opacity 0 hides. */
  get colours(): { words: Uint32Array; stride: number } { return { words: this.array, stride: 4 }; }

  /** To be called after place() or a change of colours. */
  changed(count: number): void {
    if (!this.packed || !this.mesh) return;
    this.count = count;
    this.packed.needsUpdate = true;
    this.mesh.updateVersion();
    this.request();
  }

  /** All splats are here: pictures at rest are drawn finely from now on. */
  filled(): void {
    this.filling = false;
    this.moved();
  }

  resize(width: number, height: number): void {
    this.page_camera.width = Math.max(1, Math.round(width));
    this.page_camera.height = Math.max(1, Math.round(height));
    this.scale = 0;
    this.request();
  }

  /** Nothing is being drawn or sorted, and what stands is as fine as it gets. */
  get idle(): boolean {
    return !this.wanted && !this.in_flight && !this.spark.sorting && performance.now() - this.last_change > 2 * rest_ms;
  }

  /** The camera moved. */
  moved(): void {
    this.camera_moved?.();
    this.last_change = performance.now();
    this.refinements = 0;
    this.request();
  }

  dispose(): void {
    this.disposed = true;
    window.clearTimeout(this.rest_timer);
    this.mesh?.dispose();
    this.spark.dispose();
    this.renderer.dispose();
  }

  request(): void {
    if (this.wanted || this.disposed) return;
    this.wanted = true;
    if (!this.in_flight) requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    if (this.disposed || !this.wanted) return;
    this.wanted = false;
    this.in_flight = true;
    const resting = !this.filling && performance.now() - this.last_change > rest_ms;
    this.set_scale(this.wanted_scale(resting));
    this.set_count(this.wanted_count(resting));
    this.aim();
    const begin = performance.now();
    this.renderer.render(this.scene, this.camera);
    const splats = this.spark.activeSplats;  // as drawn: a sort that ends later shows in the next frame
    void this.finished().then(() => this.after_frame(performance.now() - begin, resting, splats));
  }

  private after_frame(took_ms: number, resting: boolean, splats: number): void {
    this.in_flight = false;
    ++this.frames;
    this.drawn_splats = splats;
    if (this.drawn_splats > 0) {
      if (!this.first_frame_ms) {
        this.first_frame_ms = performance.now();
        this.request();
      }
      const now_ms = took_ms / (this.scale * this.scale);
      this.splat_ms = took_ms / splats;
      this.pixel_ms = this.pixel_ms ? 0.7 * this.pixel_ms + 0.3 * now_ms : now_ms;
    }
    window.clearTimeout(this.rest_timer);
    if (!resting) this.rest_timer = window.setTimeout(() => { this.rested?.(); this.request(); }, rest_ms + 20);
    else if (this.wanted_scale(true) > this.scale && this.refinements++ < most_refinements) this.request();
    if (this.wanted) requestAnimationFrame(() => this.draw());
  }

  /** Pixels of the drawing buffer for one of the page. */
  private wanted_scale(resting: boolean): number {
    if (this.fixed_scale > 0) return this.fixed_scale;
    const ratio = window.devicePixelRatio || 1, most = resting ? Math.min(ratio, 2) : Math.min(ratio, 1);
    if (this.pixel_ms === 0) return this.software ? first_scale_software : most;
    const wanted = Math.sqrt((resting ? rest_budget_ms : moving_budget_ms) / this.pixel_ms);
    // In steps, so that the buffer is not made anew every frame.
    return Math.max(resting ? least_rest_scale : least_scale, Math.min(most, Math.floor(wanted * 10) / 10));
  }

  private wanted_count(resting: boolean): number {
    if (!this.software) return this.count;
    if (!this.first_frame_ms) return Math.min(this.count, first_splats);
    if (resting || this.scale > least_scale || this.splat_ms * this.count < slow_splat_ms) return this.count;
    return Math.min(this.count, Math.max(first_splats, 1 << Math.round(Math.log2(slow_splat_ms / this.splat_ms))));
  }

  private set_count(count: number): void {
    if (!this.mesh || !this.packed || count === this.mesh.numSplats) return;
    this.mesh.numSplats = this.packed.numSplats = count;
    this.mesh.updateVersion();
  }

  private set_scale(scale: number): void {
    if (scale === this.scale) return;
    this.scale = scale;
    this.renderer.setPixelRatio(scale);
    this.renderer.setSize(this.page_camera.width, this.page_camera.height, false);
  }

  private aim(): void {
    const eye = this.page_camera, { right, down, forward, position } = eye;
    // three.js looks along its -z with y up.
    this.camera.matrixAutoUpdate = false;
    this.camera.matrix.copy(new Matrix4().set(
      right[0], -down[0], -forward[0], position[0],
      right[1], -down[1], -forward[1], position[1],
      right[2], -down[2], -forward[2], position[2],
      0, 0, 0, 1));
    this.camera.matrixWorldNeedsUpdate = true;
    this.camera.fov = (2 * Math.atan(eye.tangent) * 180) / Math.PI;
    this.camera.aspect = eye.width / eye.height;
    this.camera.near = Math.max(1e-3, eye.distance * 1e-3);
    this.camera.far = Math.max(1e3, eye.distance * 1e3);
    this.camera.updateProjectionMatrix();
  }

  /** When the device has drawn all it was asked for: a picture that waits for its predecessor never piles up. */
  private finished(): Promise<void> {
    const gl = this.renderer.getContext() as WebGL2RenderingContext;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    return new Promise((done) => {
      const look = (): void => {
        if (!fence || gl.isContextLost() || gl.clientWaitSync(fence, 0, 0) !== gl.TIMEOUT_EXPIRED) {
          if (fence) gl.deleteSync(fence);
          done();
        } else {
          window.setTimeout(look, 4);
        }
      };
      window.setTimeout(look, 0);
    });
  }
}

function is_software(renderer: WebGLRenderer): boolean {
  const gl = renderer.getContext();
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  return names !== null && /swiftshader|llvmpipe|software/i.test(String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL)));
}
