// A server with a made-up field and made-up runs, for work on the page without the program:
//   node build.mjs && node mock/server.mjs [--port 7399] [--splats 60000] [--live]
import { createReadStream, existsSync, statSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";
import { block_of, make_scene, make_views, words } from "./scene.mjs";
import { Session } from "./session.mjs";
import { accept } from "./websocket.mjs";

const option = (name, other) => { const at = process.argv.indexOf(`--${name}`); return at < 0 ? other : process.argv[at + 1]; };
const page = path.resolve(option("page", path.join(path.dirname(fileURLToPath(import.meta.url)), "../../build/web")));
const live = process.argv.includes("--live");
const scene = make_scene(Number(option("splats", 60000))), original = { ...scene }, session = new Session(scene);
const views = make_views(12, 320, 240), begin = Date.now();
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws:";
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".txt": "text/plain" };

const runs = ["demo", "plain-kd", "kd-warm", "lifted"].map((name, i) => ({ name, family: i === 0 || i === 3 ? "field" : "model", method: ["feature-3dgs", "kd", "kd", "feature-3dgs"][i],
  state: i === 0 && live ? "running" : i === 2 ? "stopped" : "finished", started_at: `2026-01-0${i + 1}T10:00:00Z`, seconds: 61 + 93 * i, steps_done: 700, steps_planned: i === 2 ? 2000 : 700, field: i === 0, live: i === 0 && live }));
const curve = (seed) => Array.from({ length: 140 }, (_, s) => [["loss", 5 * s, 0.1 + Math.exp(-s / (20 + 5 * seed)) + 0.02 * Math.sin(s * (1 + seed)), false],
  ["psnr", 5 * s, 30 - 15 * Math.exp(-s / 30) + seed, false], ["step_ms", 5 * s, 40 + (s % 7), true]]).flat();
const info = () => ({ name: "demo", splats: scene.count, sh_degree: 0, feature_dim: 16, decoded_dim: 32, background: [0.04, 0.05, 0.06], centre: [0, 0.2, 0],
  radius: 2, up: [0, -1, 0], words, why_no_words: "", formats: [{ name: "ply", endings: [".ply"] }, { name: "spz", endings: [".spz"] }, { name: "sog", endings: [".sog"] }], views, live });

function splats(response) {
  response.writeHead(200, { "content-type": "application/octet-stream", "content-encoding": "gzip" });
  const packer = zlib.createGzip({ level: 1 });
  packer.pipe(response);
  const head = Buffer.from("RTSP\x01\0\0\0\0\0\0\0\0\0\0\0", "latin1");
  head.writeUInt32LE(scene.count, 8);
  packer.write(head);
  for (let i = 0; i < scene.count; i += 16384) {
    packer.write(block_of(scene, Array.from({ length: Math.min(16384, scene.count - i) }, (_, k) => i + k)));
    packer.flush();
  }
  packer.end();
}

const server = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://mock");
  const json = (value, status = 200) => { response.writeHead(status, { "content-type": "application/json" }); response.end(JSON.stringify(value)); };
  if (pathname === "/" || pathname.startsWith("/assets/")) {
    const file = path.join(page, pathname === "/" ? "index.html" : path.normalize(pathname));
    if (!existsSync(file) || !statSync(file).isFile()) return json({ error: "no such file" }, 404);
    response.writeHead(200, { "content-type": types[path.extname(file)] ?? "application/octet-stream", "content-security-policy": policy });
    return void createReadStream(file).pipe(response);
  }
  if (pathname === "/api/runs") return json(runs);
  if (pathname === "/api/field/demo") return json(info());
  if (pathname === "/api/field/demo/splats") return splats(response);
  if (pathname.startsWith("/api/field/demo/photo/") || pathname.includes("/file/")) {
    response.writeHead(200, { "content-type": "image/svg+xml" });
    return void response.end(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path fill="#cfc8b8" d="M0 0h4v3H0z"/><circle cx="1.3" cy="1.5" r=".7" fill="#b04a3a"/><path fill="#3d6fa8" d="M2.3 1.2h1v1h-1z"/></svg>`);
  }
  if (pathname === "/api/field/demo/download") {
    response.writeHead(200, { "content-type": "application/octet-stream", "content-disposition": `attachment; filename="demo.${searchParams.get("format")}"` });
    return void response.end(Buffer.concat([Buffer.from("ply\n"), Buffer.from(original.means.buffer)]));
  }
  const [, name, rest] = /^\/api\/runs\/([^/]+)(\/curves)?$/.exec(pathname) ?? [];
  const run = runs.find((r) => r.name === name);
  if (!run) return json({ error: `there is nothing at ${pathname}` }, 404);
  if (rest) return json({ points: searchParams.get("after") === "0" ? curve(runs.indexOf(run)) : [], next: 1000, restarted: false });
  return json({ ...run, seed: 1, threads: 2, version: "0.1", recipe: "method: feature-3dgs\nscene:\n  path: scene\ntrain:\n  steps: 700\n", message: "",
    products: [{ name: "field", kind: "field", path: "field.ply", bytes: 1234567 }, { name: "report", kind: "page", path: "report.html", bytes: 4567 }],
    pictures: [0, 1, 2].map((i) => ({ title: `view 000${i}`, step: 700, path: `pictures/${i}.png` })) });
});

server.on("upgrade", (request, socket) => {
  const channel = accept(request, socket, (text) => {
    const asked = JSON.parse(text);
    try {
      const [fields, ...binaries] = session.answer(asked);
      channel.text({ id: asked.id, ok: true, ...fields });
      binaries.forEach((b) => channel.binary(b));
    } catch (error) { channel.text({ id: asked.id, ok: false, error: error.message }); }
  });
  if (!live) return;
  const timer = setInterval(() => {
    const seconds = (Date.now() - begin) / 1000, step = Math.min(700, Math.round(7 * seconds));
    channel.text({ event: "training", live: step < 700, step, planned: 700, seconds, eta_seconds: (700 - step) / 7, scalars: { loss: 0.1 + Math.exp(-step / 100), psnr: 30 - 15 * Math.exp(-step / 150) }, splats: scene.count });
  }, 1000);
  socket.on("close", () => clearInterval(timer));
});
server.listen(Number(option("port", 7399)), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
