// A page that looks at a served field and turns it until its standard input ends; ./soak has one beside its clients.
//   node tests/web/drawing_page.mjs --address "http://127.0.0.1:8080/?token=..." --field NAME
// Says "drawing" at the first picture, and at the end how many were drawn; exits with 1 where the page went wrong.
import { drag, open_browser, open_page, option, until } from "./support.mjs";

let ending = false;
process.stdin.on("end", () => { ending = true; }).resume();
const browser = await open_browser(), address = new URL(option("address"));
address.hash = `#/field/${encodeURIComponent(option("field"))}`;
const { page, wrong } = await open_page(browser, address.href);
await until(page, () => window.retort?.loaded() && window.retort.drawn() > 0, "a picture");
console.log("drawing");
while (!ending && wrong.length === 0) {
  for (const to of [0.7, 0.3]) await drag(page, [[0.5, 0.5], [to, 0.5]]);
  await page.waitForTimeout(200);
}
console.log(`${await page.evaluate(() => window.retort.frames())} pictures drawn`);
for (const what of wrong) console.log(what);
await browser.close();
process.exit(wrong.length === 0 ? 0 : 1);
