// Pictures of the page for docs/pictures, of a run of `retort field demo`; they want to be looked at.
//   node tests/web/pictures.mjs --program build/release/retort --run demo-run --work docs/pictures
import { mkdirSync } from "node:fs";
import path from "node:path";
import { drag, drawn, open_browser, open_page, option, press, settled, start_server, until } from "./support.mjs";

const program = path.resolve(option("program", "build/release/retort")), folder = path.resolve(option("run", "demo-run"));
const work = path.resolve(option("work", "build/page_pictures")), only = option("only", "");
mkdirSync(work, { recursive: true });
const browser = await open_browser(), server = await start_server(program, ["serve", folder, "--port", "0"]);
const wide = { viewport: { width: 1280, height: 800 } };

async function taken(page, name) {
  await settled(page);
  await page.waitForTimeout(4000);  // the line at the foot has gone
  await page.screenshot({ path: path.join(work, `page_${name}.png`) });
  console.log(`page_${name}.png`);
}

async function on_field(name, options, steps) {
  if (only && only !== name) return;
  const { page, context } = await open_page(browser, new URL("#/field/run", server.address).href, { ...wide, ...options });
  await drawn(page, 1);
  await steps(page);
  await taken(page, name);
  await context.close();
}

async function ask(page, word) {
  await page.getByRole("combobox", { name: "Name a thing" }).fill(word);
  await page.keyboard.press("Enter");
  await until(page, () => window.retort.mode() === "relevancy", "relevancy");
  await page.evaluate(() => document.activeElement.blur());
}

async function on_runs(name, hash, options = {}) {
  if (only && only !== name) return;
  const { page, context } = await open_page(browser, new URL(hash, server.address).href, { ...wide, ...options });
  await page.waitForTimeout(1500);
  const boxes = page.getByRole("checkbox");
  for (let i = 0; i < Math.min(2, await boxes.count()); ++i) await boxes.nth(i).check();
  await page.waitForTimeout(1500);
  await page.screenshot({ path: path.join(work, `page_${name}.png`) });
  console.log(`page_${name}.png`);
  await context.close();
}

try {
  await on_runs("runs", "#/runs");
  await on_runs("run", "#/run/run");
  await on_field("light", {}, async () => undefined);
  await on_field("relevancy", { colorScheme: "dark" }, (page) => ask(page, "pyramid"));
  await on_field("selection", { colorScheme: "dark" }, async (page) => {
    await press(page, "Click");
    await drag(page, [option("at", "0.5,0.6").split(",").map(Number)]);
    await until(page, () => window.retort.counts().count > 0, "a selection", null, 100000);
    await page.getByRole("radio", { name: "Selection" }).click();
  });
  await on_field("phone", { viewport: { width: 375, height: 720 }, isMobile: true, hasTouch: true, deviceScaleFactor: 1 }, (page) => ask(page, "ball"));
} finally {
  await browser.close();
  await server.stop();
}
