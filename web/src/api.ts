// What the server answers over HTTP; see docs/design/page_protocol.md.

export type Vec3 = [number, number, number];

export interface RunEntry {
  name: string; family: string; method: string; state: string; started_at: string; seconds: number;
  steps_done: number; steps_planned: number; field: boolean; live: boolean;
}

export interface RunDetail {
  state: string; method: string; started_at: string; seconds: number; steps_done: number; seed: number; field: boolean;
  recipe: string; message: string;
  products: { name: string; kind: string; path: string; bytes: number }[];
  pictures: { title: string; step: number; path: string }[];
}

export type CurvePoint = [name: string, step: number, value: number, timing: boolean];

export interface View {
  name: string; split: string; width: number; height: number; fx: number; fy: number; cx: number; cy: number;
  world_to_camera: number[];
}

export interface FieldInfo {
  name: string; splats: number; sh_degree: number; feature_dim: number; decoded_dim: number; background: Vec3;
  centre: Vec3; radius: number; up: Vec3; words: string[] | null; why_no_words?: string;
  formats: { name: string; endings: string[] }[]; views: View[]; live: boolean;
}

/** A camera as the server takes it: COLMAP's axes, pixels of the page, world_to_camera 4 x 4 row by row. */
export interface CameraMessage {
  width: number; height: number; fx: number; fy: number; cx: number; cy: number; world_to_camera: number[];
}

async function answered(path: string): Promise<Response> {
  const response = await fetch(path, { credentials: "same-origin" });
  if (response.ok) return response;
  const text = await response.text();
  let message = text;
  try { message = (JSON.parse(text) as { error: string }).error; } catch { /* not ours: shown as it is */ }
  throw new Error(message || `the server answered ${response.status}`);
}

const named = (name: string): string => name.split("/").map(encodeURIComponent).join("/");

export const runs = async (): Promise<RunEntry[]> => (await answered("/api/runs")).json() as Promise<RunEntry[]>;

export const run = async (name: string): Promise<RunDetail> =>
  (await answered(`/api/runs/${named(name)}`)).json() as Promise<RunDetail>;

/** A piece of the curves; `restarted`: they begin anew, the run was resumed from an earlier step. */
export interface CurvePiece { points: CurvePoint[]; next: number; restarted?: boolean }

/** All points from byte `after` on; the server gives a few megabytes at once. */
export async function curves(name: string, after: number): Promise<CurvePiece> {
  const all: CurvePiece = { points: [], next: after };
  for (;;) {
    const piece = (await (await answered(`/api/runs/${named(name)}/curves?after=${all.next}`)).json()) as CurvePiece;
    if (piece.restarted) { all.points = []; all.restarted = true; }
    for (const point of piece.points) all.points.push(point);
    const ended = piece.next === all.next && !piece.restarted;
    all.next = piece.next;
    if (ended) return all;
  }
}

export const file_address = (name: string, path: string): string => `/api/runs/${named(name)}/file/${named(path)}`;

export const field_info = async (name: string): Promise<FieldInfo> =>
  (await answered(`/api/field/${named(name)}`)).json() as Promise<FieldInfo>;

export const splat_stream = (name: string): Promise<Response> => answered(`/api/field/${named(name)}/splats`);

export const photo_address = (name: string, index: number, width: number): string =>
  `/api/field/${named(name)}/photo/${index}?width=${width}`;

export const download_address = (name: string, format: string, what: "all" | "selection"): string =>
  `/api/field/${named(name)}/download?format=${encodeURIComponent(format)}&what=${what}`;

export const socket_address = (name: string): string =>
  `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/field/${named(name)}`;
