// Steps of the test of the page around a field: other sizes and looks, a training beside it, the list of runs.
import assert from "node:assert/strict";
import path from "node:path";
import { colours, drag, drawn, open_page, part_of, pixels, press, settled, stage_of, until } from "./support.mjs";

/** An edited field whose server goes and comes back: the page says so, then shows what the new server has. */
export async function reconnects(page, stop_server) {
  const splats = (await page.evaluate(() => window.retort.counts())).alive;
  await press(page, "Box");
  await drag(page, [[0.3, 0.3], [0.7, 0.8]]);
  await until(page, () => window.retort.counts().count > 0, "a selection by box");
  await press(page, "Delete");
  await until(page, (alive) => window.retort.counts().alive < alive, "a smaller field", splats);
  const start_again = await stop_server();
  await page.getByText("not connected").waitFor({ timeout: 120000 });
  await start_again();
  await until(page, (alive) => window.retort.connected() && window.retort.loaded() && window.retort.counts().alive === alive &&
    window.retort.counts().undoes === 0, "the field as the new server has it", splats);
}

export async function on_a_phone(browser, address, work) {
  const { page, context, wrong } = await open_page(browser, address,
    { viewport: { width: 375, height: 720 }, isMobile: true, hasTouch: true, colorScheme: "dark" });
  await drawn(page);
  await settled(page);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `the page is ${overflow} pixels too wide`);
  const ground = await page.evaluate(() => getComputedStyle(document.querySelector(".panels")).backgroundColor);
  assert.ok(/rgb\((\d|[1-5]\d), /.test(ground), `the dark page has the ground ${ground}`);
  await page.screenshot({ path: path.join(work, "phone.png") });
  assert.deepEqual(wrong, []);
  await context.close();
}

/** A page of a running training: steps and splats move, and a new checkpoint's field appears. */
export async function trains_on(browser, address, work) {
  const { page, context, wrong } = await open_page(browser, address);
  await drawn(page);
  await until(page, () => window.retort.training_step() > 0, "news of the training");
  const step = await page.evaluate(() => window.retort.training_step()), fields = await page.evaluate(() => window.retort.fields());
  await until(page, (before) => window.retort.training_step() > before, "a later step", step);
  await page.locator(".panels .chart .line").first().waitFor({ timeout: 120000 });
  await until(page, (before) => window.retort.fields() > before, "the field of a new checkpoint", fields, 60000);
  await drawn(page);
  assert.ok(colours(await pixels(page, part_of(await stage_of(page)))) > 20, "the new field is not drawn");
  await page.screenshot({ path: path.join(work, "live.png") });
  assert.deepEqual(wrong, []);
  await context.close();
}

/** The list, two runs compared, and the page of one. */
export async function dashboard(browser, base, work) {
  const { page, context, wrong } = await open_page(browser, new URL("#/runs", base).href);
  const boxes = page.getByRole("checkbox");
  await boxes.first().waitFor();
  const compared = Math.min(2, await boxes.count());
  for (let i = 0; i < compared; ++i) await boxes.nth(i).check();
  await page.waitForFunction((lines) => document.querySelectorAll(".card .line").length === lines, compared, { timeout: 120000 });
  await page.screenshot({ path: path.join(work, "runs.png"), fullPage: true });
  await page.locator(".runs a[href^='#/run/']").last().click();
  await page.locator(".charts .line").first().waitFor({ timeout: 120000 });
  assert.ok((await page.locator("pre").innerText()).includes(":"), "the recipe is not shown");
  await page.screenshot({ path: path.join(work, "run.png"), fullPage: true });
  assert.deepEqual(wrong, []);
  await context.close();
}
