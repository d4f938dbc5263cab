// What tests of the page share: the browser, a server, a field to look at, pictures and what is in them.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const start_ms = 60000;

export function option(name, other) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? other : process.argv[at + 1];
}

/** Ends the test as skipped, in the words that ./test counts. */
export function skip(why) {
  console.log(`${why}\n[  SKIPPED ] 1 test.`);
  process.exit(0);
}

function chromium_path() {
  const named = process.env.RETORT_CHROMIUM;
  return [named, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((file) => file && existsSync(file));
}

/** Headless Chromium that draws WebGL on the processor; skips the test where there is none. */
export async function open_browser() {
  const executablePath = chromium_path();
  if (!executablePath) skip("there is no Chromium here");
  if (!existsSync(path.join(source, "web/node_modules/playwright-core"))) skip("the modules of the page were not fetched");
  const { chromium } = createRequire(path.join(source, "web/package.json"))("playwright-core");
  return chromium.launch({ executablePath,
    args: ["--headless=new", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"] });
}

/** Starts a server that prints its address; returns it with what ends it. */
export async function start_server(command, words) {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const address = await new Promise((found, failed) => {
    const timer = setTimeout(() => failed(new Error(`the server named no address: ${said}`)), start_ms);
    const heard = (data) => {
      said += data;
      const match = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(said);
      if (match) { clearTimeout(timer); found(match[0]); }
    };
    child.stdout.on("data", heard);
    child.stderr.on("data", heard);
    child.on("exit", (code) => { clearTimeout(timer); failed(new Error(`the server ended with ${code}: ${said}`)); });
  });
  const stop = () => new Promise((done) => { child.once("exit", (code, signal) => done(code ?? signal)); child.kill("SIGINT"); });
  return { address, stop };
}

/** A folder of one small trained run, `run`, made by the program itself. */
export function make_field(program, work) {
  const folder = path.join(work, "demo");
  rmSync(folder, { recursive: true, force: true });
  const made = spawnSync(program, ["field", "demo", "--output", folder, "--quiet", "train.steps=300", "train.max_splats=6000",
    "train.density.from_step=50", "train.density.every=50"], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  return folder;
}

/** A training that goes on, `live` in the folder, from its first checkpoint on. */
export async function start_training(program, folder) {
  const run = path.join(folder, "live");
  const child = spawn(program, ["run", "field/demo", "--output", run, "--quiet", `scene.path=${path.join(folder, "scene")}`,
    "scene.resolution=half", "train.steps=100000", "train.max_splats=8000"], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "", ended = false;
  child.stderr.on("data", (data) => { said += data; });
  const end = new Promise((done) => child.once("exit", () => { ended = true; done(); }));
  const stop = async () => { child.kill("SIGKILL"); await end; };
  for (const begin = Date.now(); !existsSync(path.join(run, "checkpoints")) || readdirSync(path.join(run, "checkpoints")).length === 0;) {
    assert.ok(!ended && Date.now() - begin < start_ms, `the training made no checkpoint: ${said}`);
    await new Promise((done) => setTimeout(done, 200));
  }
  return { stop };
}

/** A page that fails the test on errors and on requests to other machines. */
export async function open_page(browser, address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 760, height: 460 }, acceptDownloads: true, ...options });
  context.setDefaultTimeout(120000);  // on a busy machine a picture takes seconds
  const page = await context.newPage(), wrong = [], host = new URL(address).host;
  page.on("console", (message) => { if (message.type() === "error") wrong.push(`console: ${message.text()}`); });
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.host !== host) wrong.push(`a request to ${url.host}`);
  });
  page.on("websocket", (socket) => { if (new URL(socket.url()).host !== host) wrong.push(`a socket to ${socket.url()}`); });
  await page.goto(address, { waitUntil: "commit" });
  return { page, context, wrong };
}

/** Waits for what a function of the page says. */
export const until = (page, check, what, argument = null, timeout = 120000) =>
  page.waitForFunction(check, argument, { timeout }).catch(() => { throw new Error(`never came: ${what}`); });

export const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
export const stage_of = (page) => page.locator(".stage").boundingBox();
/** Of the stage, without what lies over it. */
export const part_of = (stage) => ({ x: stage.x + 70, y: stage.y + 60, width: stage.width - 80, height: stage.height - 110 });

/** Presses at the first of these places of the stage (parts of its sides), goes through the others, and lets go. */
export async function drag(page, places) {
  const stage = await stage_of(page), at = ([x, y]) => [stage.x + x * stage.width, stage.y + y * stage.height];
  await page.mouse.move(...at(places[0]));
  await page.mouse.down();
  for (const place of places.slice(1)) await page.mouse.move(...at(place), { steps: 3 });
  await page.mouse.up();
}

/** Waits until all splats are here and some picture of them was drawn. From then on pictures have that many pixels for one
 * of the page, however busy the machine is: so they can be compared. */
export async function drawn(page, scale = 0.5) {
  await until(page, () => window.retort?.loaded() && window.retort.drawn() > 0, "a picture", null, start_ms);
  await page.evaluate((fixed) => window.retort.fix_scale(fixed), scale);
}

/** Waits until the page is at rest for a while: nothing moves, is sorted, or drawn more finely. */
export async function settled(page) {
  for (let quiet = 0, turns = 0; quiet < 3; ++turns) {
    assert.ok(turns < 600, "the page never comes to rest");
    quiet = (await page.evaluate(() => window.retort.idle())) ? quiet + 1 : 0;
    await page.waitForTimeout(100);
  }
}

/** Pixels of a part of the page: RGBA bytes of a picture of width x height. Decoded by the browser itself. */
export async function pixels(page, clip) {
  const png = (await page.screenshot({ clip })).toString("base64");
  return page.evaluate(async (data) => {
    const image = await createImageBitmap(await (async () => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      return new Blob([bytes], { type: "image/png" });
    })());
    const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return { width: image.width, height: image.height, data: [...context.getImageData(0, 0, image.width, image.height).data] };
  }, png);
}

/** The mean difference of two pictures, in 0..255. */
export function difference(a, b) {
  let sum = 0;
  for (let i = 0; i < a.data.length; ++i) if (i % 4 !== 3) sum += Math.abs(a.data[i] - b.data[i]);
  return sum / (a.data.length * 0.75);
}

/** How many colours a picture has, of 16 x 16 x 16. */
export function colours(picture) {
  const seen = new Set();
  for (let i = 0; i < picture.data.length; i += 4) seen.add((picture.data[i] >> 4 << 8) | (picture.data[i + 1] >> 4 << 4) | (picture.data[i + 2] >> 4));
  return seen.size;
}
