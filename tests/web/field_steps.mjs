// Steps of the test of the page on one field: what a person does there, and what must come of it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { colours, difference, drag, drawn, part_of, pixels, press, settled, stage_of, until } from "./support.mjs";

const counts = (page) => page.evaluate(() => window.retort.counts());
const picture_of = async (page) => { await settled(page); return pixels(page, part_of(await stage_of(page))); };
const nothing_selected = async (page) => {
  await page.keyboard.press("Escape");
  await until(page, () => window.retort.counts().count === 0, "an empty selection");
};
const shot = (page, work, name) => page.screenshot({ path: path.join(work, `${name}.png`) });

/** Returns the picture of the first view, in colours and with nothing selected. */
export async function draws_and_turns(page, work) {
  await drawn(page);
  const first = await picture_of(page);
  assert.ok(colours(first) > 20, `the picture has only ${colours(first)} colours`);
  await shot(page, work, "field");
  await drag(page, [[0.5, 0.5], [0.8, 0.5]]);
  const turned = await picture_of(page);
  assert.ok(difference(first, turned) > 2, `turning changes pixels by ${difference(first, turned)} alone`);
  await page.keyboard.press("r");
  await page.waitForTimeout(600);
  const back = await picture_of(page);
  assert.ok(difference(first, back) < 1, `the way back leads elsewhere, by ${difference(first, back)}`);
  return back;
}

/** Names a class; relevancy is shown, and the threshold moves the selection. */
export async function asks_by_name(page, plain, work) {
  const words = await page.evaluate(async () => (await (await fetch(`/api/field/${location.hash.split("/")[2]}`)).json()).words);
  const word = words.includes("ball") ? "ball" : words[0], box = page.getByRole("combobox", { name: "Name a thing" });
  await box.fill(word.slice(0, 2));
  await page.getByRole("option", { name: word }).first().click();
  await until(page, () => window.retort.mode() === "relevancy" && window.retort.counts().count > 0, "a selection by name");
  const relevancy = await picture_of(page);
  assert.ok(difference(plain, relevancy) > 5, "relevancy looks like colour");
  await shot(page, work, "relevancy");
  const before = await counts(page);
  assert.ok(before.count < before.alive, "the word selects everything");
  await page.getByRole("slider", { name: "Threshold" }).fill("0");
  await until(page, (count) => window.retort.counts().count > count, "more splats for a lower threshold", before.count);
  await page.getByRole("radio", { name: "Colour" }).click();
  await nothing_selected(page);
}

/** Every way to point selects some and not all; deleting takes exactly those; undoing brings the same picture back. */
export async function selects_and_deletes(page, plain, work) {
  const ways = [["Box", [[0.3, 0.3], [0.7, 0.8]]], ["Lasso", [[0.3, 0.3], [0.7, 0.35], [0.6, 0.8], [0.3, 0.7]]],
    ["Scribble", [[0.45, 0.55], [0.5, 0.6], [0.55, 0.6]]], ["Click", [[0.5, 0.6]]]];
  for (const [tool, path_of_pointer] of ways) {
    await nothing_selected(page);
    await press(page, tool);
    await drag(page, path_of_pointer);
    await until(page, () => window.retort.counts().count > 0, `a selection by ${tool}`);
    const { count, alive } = await counts(page);
    assert.ok(count < alive, `${tool} selects everything`);
    if (tool === "Box") { await settled(page); await shot(page, work, "box"); }
  }
  await settled(page);
  await shot(page, work, "click");
  const before = await counts(page);
  await press(page, "Delete");
  await until(page, (alive) => window.retort.counts().alive < alive, "a smaller field", before.alive);
  assert.equal(before.alive - (await counts(page)).alive, before.count, "not what was selected was deleted");
  const cut = await picture_of(page);
  assert.ok(difference(plain, cut) > 0.2, "deleting shows nowhere");
  await shot(page, work, "deleted");
  await page.keyboard.press("Control+z");
  await until(page, (alive) => window.retort.counts().alive === alive, "what was deleted", before.alive);
  await page.keyboard.press("1");
  await nothing_selected(page);
  const back = difference(plain, await picture_of(page));
  assert.ok(back < 1, `after undo the picture differs by ${back}`);
}

/** Without a pointer: arrows turn, Enter clicks the middle, bars and lists are gone through by arrows. */
export async function goes_by_keyboard(page) {
  const pose = () => page.evaluate(() => JSON.stringify(window.retort.pose())), before = await pose();
  await page.getByRole("application").focus();
  await page.keyboard.down("ArrowLeft");
  await until(page, (was) => JSON.stringify(window.retort.pose()) !== was, "a turned camera", before);
  await page.keyboard.up("ArrowLeft");
  await page.keyboard.press("r");
  await page.waitForTimeout(600);
  await page.keyboard.press("2");
  await page.keyboard.press("Enter");
  await until(page, () => window.retort.counts().count > 0, "a selection by Enter");
  await nothing_selected(page);
  await page.keyboard.press("1");

  await page.getByRole("radio", { name: "Colour" }).focus();
  await page.keyboard.press("ArrowRight");
  await until(page, () => window.retort.mode() === "depth", "the next mode");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Depth");
  await page.keyboard.press("Home");
  await until(page, () => window.retort.mode() === "rgb", "the first mode");
  assert.equal(await page.locator(".mode-bar [tabindex='0']").count(), 1, "the bar is several stops of the tab key");

  const box = page.getByRole("combobox", { name: "Name a thing" });
  const options = page.getByRole("listbox", { name: "Name a thing" }).getByRole("option");
  await box.focus();
  for (const [key, place] of [["ArrowUp", "last"], ["ArrowDown", "first"]]) {
    await page.keyboard.press(key);
    const active = await box.getAttribute("aria-activedescendant");
    assert.equal(active, await options[place]().getAttribute("id"), `${key} goes elsewhere`);
    assert.equal(await options.and(page.locator("[aria-selected='true']")).count(), 1);
  }
  await page.keyboard.press("Escape");
  await page.getByRole("application").focus();
}

/** Recolouring and moving show; a copy adds splats; undo and redo go through all of it; the field ends as it was. */
export async function edits(page, work) {
  await press(page, "Box");
  await drag(page, [[0.3, 0.3], [0.7, 0.8]]);
  await until(page, () => window.retort.counts().count > 0, "a selection by box");
  const before = await counts(page), marked = await picture_of(page);
  const steps = async (number) => until(page, (wanted) => window.retort.counts().undoes === wanted, "the step", number);
  await press(page, "Recolour");
  await steps(before.undoes + 1);
  const recoloured = await picture_of(page);
  assert.ok(difference(marked, recoloured) > 1, "recolouring shows nowhere");
  await page.getByText("Move, rotate, scale, duplicate").click();
  await page.getByLabel("Move along x").fill("0.5");
  await page.getByLabel("Rotate by degrees").fill("30");
  await press(page, "Transform");
  await steps(before.undoes + 2);
  assert.ok(difference(recoloured, await picture_of(page)) > 1, "moving shows nowhere");
  await press(page, "Duplicate");
  await steps(before.undoes + 3);
  assert.equal((await counts(page)).alive, before.alive + before.count, "a copy has as many splats");
  await settled(page);
  await shot(page, work, "duplicate");
  for (const left of [2, 1, 0]) {
    await press(page, "Undo");
    await steps(before.undoes + left);
  }
  assert.ok(difference(marked, await picture_of(page)) < 1, "undoing leaves something behind");
  await press(page, "Redo");
  await steps(before.undoes + 1);
  assert.ok(difference(recoloured, await picture_of(page)) < 1, "redone is not what was done");
  await press(page, "Undo");
  await steps(before.undoes);
  await page.keyboard.press("1");
}

/** What is downloaded is, byte by byte, what `retort field export` writes. */
export async function downloads(page, work, exporter) {
  await page.getByText("Download", { exact: true }).first().click();
  await page.locator("label.field", { hasText: /^Format/ }).locator("select").selectOption("ply");
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Download")]);
  const file = path.join(work, "downloaded.ply");
  await download.saveAs(file);
  assert.equal(readFileSync(file).subarray(0, 3).toString(), "ply");
  if (!exporter) return;
  const exported = path.join(work, "exported.ply");
  const made = spawnSync(exporter.program, ["field", "export", exporter.run, exported], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  assert.ok(readFileSync(file).equals(readFileSync(exported)), "the download is not what `retort field export` writes");
}
