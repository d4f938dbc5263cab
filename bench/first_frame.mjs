// Seconds from navigation to the first picture with splats in it, and to the whole field, in headless Chromium:
//   node bench/first_frame.mjs --program build/release/retort [--splats 300000] [--degree 3] [--rounds 3]
// A made-up cloud of splats is served by the program. Needs Chromium and what ./setup fetched for the page.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { open_browser, open_page, option, start_server, until } from "../tests/web/support.mjs";
import { make_scene } from "../web/mock/scene.mjs";

const program = path.resolve(option("program", "build/release/retort")), splats = Number(option("splats", 300000));
const degree = Number(option("degree", 3)), rounds = Number(option("rounds", 3));

/** A PLY as trainers write it; the higher harmonics are small. */
function ply_of(scene) {
  const higher = 3 * ((degree + 1) ** 2 - 1), names = ["x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2",
    ...Array.from({ length: higher }, (_, i) => `f_rest_${i}`), "opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"];
  const header = `ply\nformat binary_little_endian 1.0\nelement vertex ${scene.count}\n${names.map((name) => `property float ${name}\n`).join("")}end_header\n`;
  const values = new Float32Array(scene.count * names.length), scale = Math.log(scene.scale);
  for (let i = 0; i < scene.count; ++i) {
    const at = i * names.length;
    values.set(scene.means.subarray(3 * i, 3 * i + 3), at);
    for (let c = 0; c < 3; ++c) values[at + 6 + c] = (scene.rgba[4 * i + c] / 255 - 0.5) / 0.28209479177387814;
    for (let k = 0; k < higher; ++k) values[at + 9 + k] = 0.05 * Math.sin(12.9898 * i + 78.233 * k);
    values.set([2.2, scale, scale, scale, 1, 0, 0, 0], at + 9 + higher);
  }
  return Buffer.concat([Buffer.from(header), Buffer.from(values.buffer)]);
}

const folder = mkdtempSync(path.join(tmpdir(), "retort-first-frame-")), file = path.join(folder, "cloud.ply");
writeFileSync(file, ply_of(make_scene(splats)));
const server = await start_server(program, ["serve", file, "--port", "0"]);
try {
  for (let round = 1; round <= rounds; ++round) {
    // A browser of its own, so that nothing is in a cache.
    const browser = await open_browser(), load = loadavg()[0];
    const { page } = await open_page(browser, new URL("#/field/cloud", server.address).href, { viewport: { width: 1280, height: 800 } });
    await until(page, () => window.retort?.first_frame_ms() > 0, "a first picture", null, 300000);
    const first = await page.evaluate(() => window.retort.first_frame_ms());
    await until(page, () => window.retort.loaded(), "the whole field", null, 300000);
    const whole = await page.evaluate(() => performance.now());
    console.log(`round ${round}: ${splats} splats of degree ${degree}: first picture after ${(first / 1000).toFixed(2)} s, ` +
      `all splats there after ${(whole / 1000).toFixed(2)} s (load of the machine before: ${load.toFixed(1)})`);
    await browser.close();
  }
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
