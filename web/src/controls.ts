// Mouse, touch and keys that move the camera: orbit (drag, arrows, wheel, pinch) and fly (WASD, Q, E; shift is faster).
import { between, type Pose } from "./camera";
import type { FieldScene } from "./field_scene";

const radians_per_pixel = 0.006;
const radians_per_second = 1.2;  // of an arrow that is held
const turn_keys: Record<string, [yaw: number, pitch: number]> = {
  ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
};
const fly_keys: Record<string, [number, number, number]> = {
  KeyW: [0, 0, 1], KeyS: [0, 0, -1], KeyA: [-1, 0, 0], KeyD: [1, 0, 0], KeyQ: [0, 1, 0], KeyE: [0, -1, 0],
};

export class CameraControls {
  flying = false;
  private pointers = new Map<number, { x: number; y: number }>();
  private held = new Set<string>();
  private ticking = false;
  private last_tick = 0;
  private flight = 0;

  constructor(private scene: FieldScene, surface: HTMLElement) {
    surface.addEventListener("wheel", (event) => {
      event.preventDefault();
      const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY * 0.002)));
      if (this.flying) scene.camera.move(0, 0, (1 - factor) * scene.info.radius * 0.5);
      else scene.camera.zoom(factor);
      scene.view.moved();
    }, { passive: false });
    surface.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** Takes a pointer that no tool wants. */
  down(event: PointerEvent): void {
    this.flight++;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    (event.target as Element).setPointerCapture(event.pointerId);
  }

  move(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const dx = event.clientX - before.x, dy = event.clientY - before.y, { camera } = this.scene;
    if (this.pointers.size === 2) {
      this.pinch(event, before);
    } else if ((event.buttons & 6) !== 0 || event.shiftKey) {
      const step = camera.distance / camera.focal;
      camera.move(-dx * step, -dy * step, 0);
    } else if (this.flying) {
      // The scene's up is minus COLMAP's y: positive yaw about it turns left.
      camera.turn(-dx * radians_per_pixel * 0.6, -dy * radians_per_pixel * 0.6);
    } else {
      camera.orbit(-dx * radians_per_pixel, -dy * radians_per_pixel);
    }
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.scene.view.moved();
  }

  up(event: PointerEvent): void { this.pointers.delete(event.pointerId); }

  key(event: KeyboardEvent, pressed: boolean): boolean {
    if (!(event.code in fly_keys || event.code in turn_keys)) return false;
    if (pressed) this.held.add(event.code); else this.held.delete(event.code);
    if (pressed && !this.ticking) {
      this.flight++;
      this.ticking = true;
      this.last_tick = performance.now();
      requestAnimationFrame(() => this.tick(event.shiftKey));
    }
    return true;
  }

  release(): void { this.held.clear(); }

  fly_to(pose: Pose): void {
    const { camera, view } = this.scene, from = camera.pose, turn = ++this.flight, begin = performance.now();
    const span_ms = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1 : 450;
    const step = (): void => {
      if (turn !== this.flight) return;
      const t = Math.min(1, (performance.now() - begin) / span_ms), eased = t * t * (3 - 2 * t);
      camera.set(t < 1 ? between(from, pose, eased) : pose);
      view.moved();
      if (t < 1) requestAnimationFrame(step);
    };
    step();
  }

  private pinch(event: PointerEvent, before: { x: number; y: number }): void {
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)![1], { camera } = this.scene;
    const was = Math.hypot(before.x - other.x, before.y - other.y), is = Math.hypot(event.clientX - other.x, event.clientY - other.y);
    if (was > 1 && is > 1) camera.zoom(was / is);
    const step = camera.distance / camera.focal / 2;
    camera.move(-(event.clientX - before.x) * step, -(event.clientY - before.y) * step, 0);
  }

  private tick(fast: boolean): void {
    if (this.held.size === 0) { this.ticking = false; return; }
    const now = performance.now(), seconds = Math.min(0.1, (now - this.last_tick) / 1000);
    this.last_tick = now;
    const step = seconds * this.scene.info.radius * (fast ? 1.5 : 0.5);
    const { camera } = this.scene, angle = seconds * radians_per_second;
    for (const code of this.held) {
      if (code in turn_keys) {
        const [yaw, pitch] = turn_keys[code];
        if (this.flying) camera.turn(yaw * angle, pitch * angle); else camera.orbit(yaw * angle, pitch * angle);
        continue;
      }
      const [right, down, forward] = fly_keys[code];
      camera.move(right * step, down * step, forward * step);
    }
    this.scene.view.moved();
    requestAnimationFrame(() => this.tick(fast));
  }
}
