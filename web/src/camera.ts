// Where the page looks from. World and camera axes are COLMAP's: x right, y down, z forward.
import type { CameraMessage, Vec3, View } from "./api";

export const add = (a: Vec3, b: Vec3, times = 1): Vec3 => [a[0] + times * b[0], a[1] + times * b[1], a[2] + times * b[2]];
export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vec3, b: Vec3): Vec3 =>
  [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
export const unit = (a: Vec3): Vec3 => {
  const length = Math.hypot(...a) || 1;
  return [a[0] / length, a[1] / length, a[2] / length];
};

function turned(v: Vec3, axis: Vec3, angle: number): Vec3 {
  const c = Math.cos(angle), s = Math.sin(angle), along = dot(axis, v) * (1 - c), side = cross(axis, v);
  return [v[0] * c + side[0] * s + axis[0] * along, v[1] * c + side[1] * s + axis[1] * along, v[2] * c + side[2] * s + axis[2] * along];
}

export interface Pose { position: Vec3; right: Vec3; forward: Vec3; distance: number; tangent: number }

export class PageCamera {
  position: Vec3 = [0, 0, -3];
  right: Vec3 = [1, 0, 0];
  forward: Vec3 = [0, 0, 1];
  distance = 3;     // to the point that orbiting turns about, world units
  tangent = 0.5;    // of half the vertical angle of view
  up: Vec3 = [0, -1, 0];
  width = 1;
  height = 1;

  get down(): Vec3 { return cross(this.forward, this.right); }
  get pivot(): Vec3 { return add(this.position, this.forward, this.distance); }
  get pose(): Pose {
    return { position: this.position, right: this.right, forward: this.forward, distance: this.distance, tangent: this.tangent };
  }

  set(pose: Pose): void {
    this.position = pose.position;
    this.forward = unit(pose.forward);
    this.right = unit(add(pose.right, this.forward, -dot(pose.right, this.forward)));
    this.distance = pose.distance;
    this.tangent = pose.tangent;
  }

  /** Turns about the pivot: first about the scene's up, then about the camera's right. Angles in radians. */
  orbit(yaw: number, pitch: number): void {
    const pivot = this.pivot;
    this.turn(yaw, pitch);
    this.position = add(pivot, this.forward, -this.distance);
  }

  /** Turns where it stands. Stops short of looking along up, where left and right change places. */
  turn(yaw: number, pitch: number): void {
    let forward = turned(this.forward, this.up, yaw);
    let right = turned(this.right, this.up, yaw);
    const tilted = turned(forward, right, pitch);
    if (Math.abs(dot(tilted, this.up)) < 0.995 || Math.abs(dot(tilted, this.up)) < Math.abs(dot(forward, this.up))) forward = tilted;
    right = unit(add(right, forward, -dot(right, forward)));
    this.forward = unit(forward);
    this.right = right;
  }

  /** Moves in camera axes, world units. */
  move(right: number, down: number, forward: number): void {
    this.position = add(add(add(this.position, this.right, right), this.down, down), this.forward, forward);
  }

  zoom(factor: number): void {
    const pivot = this.pivot;
    this.distance = Math.max(this.distance * factor, 1e-4);
    this.position = add(pivot, this.forward, -this.distance);
  }

  get focal(): number { return this.height / (2 * this.tangent); }

  message(): CameraMessage {
    const rows = [this.right, this.down, this.forward];
    return {
      width: this.width, height: this.height, fx: this.focal, fy: this.focal, cx: this.width / 2, cy: this.height / 2,
      world_to_camera: [...rows.flatMap((row) => [...row, -dot(row, this.position)]), 0, 0, 0, 1],
    };
  }
}

/** Where a view was taken from; the pivot is where its axis passes the scene's centre. */
export function pose_of_view(view: View, centre: Vec3, aspect: number): Pose {
  const m = view.world_to_camera;
  const rows: Vec3[] = [[m[0], m[1], m[2]], [m[4], m[5], m[6]], [m[8], m[9], m[10]]];
  const position = rows.reduce<Vec3>((sum, row, i) => add(sum, row, -m[4 * i + 3]), [0, 0, 0]);
  const along = dot(add(centre, position, -1), rows[2]);
  // The whole photo fits into the page, whatever its shape.
  const tangent = Math.max(view.height / (2 * view.fy), view.width / (2 * view.fx) / aspect);
  return { position, right: rows[0], forward: rows[2], distance: Math.max(along, 0.05), tangent };
}

/** A first look when there are no views. */
export function pose_of_scene(centre: Vec3, radius: number, up: Vec3): Pose {
  const side = unit(cross(up, Math.abs(up[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0]));
  const forward = unit(add(side, up, -0.4));
  const distance = 2.5 * radius;
  return { position: add(centre, forward, -distance), right: unit(cross(forward, up)), forward, distance, tangent: 0.45 };
}

export function between(a: Pose, b: Pose, t: number): Pose {
  const mix = (x: Vec3, y: Vec3): Vec3 => add(add([0, 0, 0], x, 1 - t), y, t);
  return {
    position: mix(a.position, b.position), right: mix(a.right, b.right), forward: mix(a.forward, b.forward),
    distance: a.distance + t * (b.distance - a.distance), tangent: a.tangent + t * (b.tangent - a.tangent),
  };
}
