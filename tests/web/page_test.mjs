// The page in a real browser, from the first picture to an edited field; pictures of it lie in the work folder.
//   node tests/web/page_test.mjs --program build/dev/retort --work FOLDER     with the program
//   node tests/web/page_test.mjs --mock --work FOLDER                         with the server of made-up fields
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { colours, difference, drawn, make_field, open_browser, open_page, option, pixels, settled, skip, source, start_server } from "./support.mjs";

const mock = process.argv.includes("--mock"), program = option("program", ""), work = path.resolve(option("work", "build/page_test"));
const counts = (page) => page.evaluate(() => window.retort.counts());
const until_counts = (page, check, what) => page.waitForFunction(check, null, { timeout: 30000 }).catch(() => { throw new Error(`never came: ${what}`); });
const stage_of = async (page) => page.locator(".stage").boundingBox();
// Of the stage, without what lies over it.
const middle_of = (stage) => ({ x: stage.x + 70, y: stage.y + 60, width: stage.width - 80, height: stage.height - 110 });

async function draws_and_turns(page) {
  await drawn(page);
  const stage = await stage_of(page), first = await pixels(page, middle_of(stage));
  assert.ok(colours(first) > 20, `the picture has only ${colours(first)} colours`);
  await page.mouse.move(stage.x + stage.width / 2, stage.y + stage.height / 2);
  await page.mouse.down();
  await page.mouse.move(stage.x + stage.width / 2 + 120, stage.y + stage.height / 2, { steps: 4 });
  await page.mouse.up();
  await settled(page);
  const turned = await pixels(page, middle_of(stage));
  assert.ok(difference(first, turned) > 2, `turning changes pixels by ${difference(first, turned)} alone`);
  await page.keyboard.press("r");
  await page.waitForTimeout(800);
  await settled(page);
  return pixels(page, middle_of(stage));
}

/** Names a class; what is selected then can be seen. Returns the class. */
async function names_a_class(page, plain) {
  const info = await page.evaluate(async () => (await fetch(`/api/field/${location.hash.split("/")[2]}`)).json());
  const word = info.words.includes("ball") ? "ball" : info.words[0];
  const box = page.getByRole("combobox", { name: "Name a thing" });
  await box.fill(word.slice(0, 2));
  await page.getByRole("option", { name: word }).first().click();
  await until_counts(page, () => window.retort.mode() === "relevancy" && window.retort.counts().count > 0, "a selection by name");
  await settled(page);
  const relevancy = await pixels(page, middle_of(await stage_of(page)));
  assert.ok(difference(plain, relevancy) > 5, "relevancy looks like colour");
  await page.screenshot({ path: path.join(work, "relevancy.png") });
  const selected = (await counts(page)).count, slider = page.getByRole("slider", { name: "Threshold" });
  await slider.fill("0");
  await page.waitForFunction((before) => window.retort.counts().count > before, selected, { timeout: 30000 });
  await page.getByRole("radio", { name: "Colour" }).click();
}

/** A point of the stage where something lies before the background: a colour unlike the rest's. */
async function selects_and_deletes(page, plain) {
  const stage = await stage_of(page), middle = { x: stage.x + stage.width / 2, y: stage.y + stage.height / 2 };
  await page.keyboard.press("Escape");
  await until_counts(page, () => window.retort.counts().count === 0, "an empty selection");
  await page.getByRole("button", { name: "Box" }).click();
  await page.mouse.move(stage.x + 0.25 * stage.width, stage.y + 0.3 * stage.height);
  await page.mouse.down();
  await page.mouse.move(stage.x + 0.75 * stage.width, stage.y + 0.9 * stage.height, { steps: 3 });
  await page.mouse.up();
  await until_counts(page, () => window.retort.counts().count > 0, "a selection by box");
  const boxed = (await counts(page)).count;
  await settled(page);
  await page.screenshot({ path: path.join(work, "box.png") });
  await page.getByRole("button", { name: "Click" }).click();
  await page.mouse.click(middle.x, stage.y + 0.7 * stage.height);
  await page.waitForFunction((before) => window.retort.counts().count > 0 && window.retort.counts().count !== before, boxed, { timeout: 30000 });
  await settled(page);
  await page.screenshot({ path: path.join(work, "click.png") });
  const before = await counts(page);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.waitForFunction((alive) => window.retort.counts().alive < alive, before.alive, { timeout: 30000 });
  const after = await counts(page);
  assert.equal(before.alive - after.alive, before.count, "not what was selected was deleted");
  await settled(page);
  const cut = await pixels(page, middle_of(stage));
  assert.ok(difference(plain, cut) > 1, "deleting shows nowhere");
  await page.screenshot({ path: path.join(work, "deleted.png") });
  await page.keyboard.press("Control+z");
  await page.waitForFunction((alive) => window.retort.counts().alive === alive, before.alive, { timeout: 30000 });
  await page.keyboard.press("1");
  await page.keyboard.press("Escape");
  await until_counts(page, () => window.retort.counts().count === 0, "an empty selection");
  await settled(page);
  const back = difference(plain, await pixels(page, middle_of(stage)));
  assert.ok(back < 1, `after undo the picture differs by ${back}`);
}

async function downloads(page, run) {
  await page.getByText("Download", { exact: true }).first().click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download", exact: true }).click()]);
  const file = path.join(work, "downloaded.ply");
  await download.saveAs(file);
  assert.equal(readFileSync(file).subarray(0, 3).toString(), "ply");
  if (mock) return;
  const exported = path.join(work, "exported.ply");
  const made = spawnSync(program, ["field", "export", run, exported], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  assert.ok(readFileSync(file).equals(readFileSync(exported)), "the download is not what `retort field export` writes");
}

async function other_looks(browser, address) {
  for (const [name, options] of [["phone", { viewport: { width: 375, height: 760 }, isMobile: true, hasTouch: true }], ["dark", { colorScheme: "dark" }]]) {
    const { page, context, wrong } = await open_page(browser, address, options);
    await drawn(page);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${name}: the page is ${overflow} pixels too wide`);
    await page.screenshot({ path: path.join(work, `${name}.png`) });
    assert.deepEqual(wrong, []);
    await context.close();
  }
}

async function dashboard(browser, base) {
  const { page, context, wrong } = await open_page(browser, new URL("#/runs", base).href);
  await page.getByRole("checkbox").first().check();
  await page.locator(".card .line").first().waitFor({ timeout: 30000 });
  await page.screenshot({ path: path.join(work, "runs.png"), fullPage: true });
  await page.locator(".runs a[href^='#/run/']").first().click();
  await page.locator(".charts .line").first().waitFor({ timeout: 30000 });
  assert.ok((await page.locator("pre").innerText()).includes(":"), "the recipe is not shown");
  await page.screenshot({ path: path.join(work, "run.png"), fullPage: true });
  assert.deepEqual(wrong, []);
  await context.close();
}

mkdirSync(work, { recursive: true });
if (!existsSync(path.join(source, "build/web/index.html"))) skip("the page was not bundled");
const browser = await open_browser(), run = mock ? "" : make_field(program, work);
const server = mock ? await start_server(process.execPath, [path.join(source, "web/mock/server.mjs"), "--port", "0", "--splats", "20000"])
  : await start_server(program, ["serve", run, "--port", "0"]);
try {
  const [{ name }] = await (await fetch(new URL("/api/runs", server.address))).json();
  const address = new URL(`#/field/${encodeURIComponent(name)}`, server.address).href;
  const { page, context, wrong } = await open_page(browser, address);
  const plain = await draws_and_turns(page);
  await page.screenshot({ path: path.join(work, "field.png") });
  await names_a_class(page, plain);
  await selects_and_deletes(page, plain);
  await downloads(page, run);
  assert.deepEqual(wrong, []);
  await context.close();
  await other_looks(browser, address);
  await dashboard(browser, server.address);
  console.log("[  PASSED  ] the page draws, asks, selects, edits, downloads; pictures of it are in", work);
} finally {
  await browser.close();
  await server.stop();
}
