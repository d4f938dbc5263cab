// The page in a real browser, from the first picture to an edited field; pictures of it lie in the work folder.
//   node tests/web/page_test.mjs --program build/dev/retort --work FOLDER     with the program
//   node tests/web/page_test.mjs --mock --work FOLDER                         with the server of made-up fields
import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { asks_by_name, draws_and_turns, downloads, edits, goes_by_keyboard, selects_and_deletes } from "./field_steps.mjs";
import { dashboard, on_a_phone, reconnects, trains_on } from "./other_steps.mjs";
import { make_field, open_browser, open_page, option, skip, source, start_server, start_training } from "./support.mjs";

const mock = process.argv.includes("--mock"), program = path.resolve(option("program", ""));
const work = path.resolve(option("work", "build/page_test")), began = Date.now();
const said = (what) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${what}`);

mkdirSync(work, { recursive: true });
if (!existsSync(path.join(source, "build/web/index.html"))) skip("the page was not bundled");
const browser = await open_browser(), folder = mock ? "" : make_field(program, work);
const serve = (port) => (mock ? start_server(process.execPath, [path.join(source, "web/mock/server.mjs"), "--port", port, "--splats", "8000"])
  : start_server(program, ["serve", folder, "--port", port]));
let server = await serve("0"), training = null;
said("there is a field, and it is served");
try {
  const name = mock ? "demo" : "run", field = (of) => new URL(`#/field/${of}`, server.address).href;
  const { page, context, wrong } = await open_page(browser, field(name));
  const plain = await draws_and_turns(page, work);
  said("it draws and turns");
  await asks_by_name(page, plain, work);
  said("it asks by name");
  await selects_and_deletes(page, plain, work);
  said("it selects by box, click, lasso and scribble, deletes and undoes");
  await goes_by_keyboard(page);
  said("it goes by keyboard");
  await edits(page, work);
  said("it recolours, moves, copies and redoes");
  await downloads(page, work, mock ? null : { program, run: path.join(folder, "run") });
  said("it downloads");
  assert.deepEqual(wrong, []);
  await reconnects(page, async () => {
    await server.stop();
    return async () => { server = await serve(new URL(server.address).port); };
  });
  said("it finds the server again");
  await context.close();
  await on_a_phone(browser, field(name), work);
  said("it fits a phone");
  if (!mock) {
    training = await start_training(program, folder);
    said("a training has begun");
    await trains_on(browser, field("live"), work);
    await training.stop();
    said("it follows the training");
  }
  await dashboard(browser, server.address, work);
  console.log(`[  PASSED  ] the page does all that in ${((Date.now() - began) / 1000).toFixed(0)} s; pictures of it are in ${work}`);
} finally {
  await browser.close();
  if (training) await training.stop();
  await server.stop();
}
