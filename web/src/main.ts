// Which page is shown: #/runs, #/run/NAME, #/field/NAME. With one run alone that has a field, its field comes first.
import { runs } from "./api";
import { dashboard } from "./dashboard";
import { h } from "./dom";
import { header } from "./header";
import { run_page } from "./run_page";
import { apply_theme } from "./theme";

let take_down: () => void = () => undefined;
let turn = 0;
const retry_ms = 4000;

async function show(root: HTMLElement): Promise<void> {
  const mine = ++turn;
  take_down();
  take_down = () => undefined;
  // A place of its own: a page that comes late fills one that nobody sees any more.
  const place = h("div", { class: "place" }, header(), h("p", { class: "page note", role: "status" }, "Opening…"));
  root.replaceChildren(place);
  let kind = "";
  try {
    const parts = location.hash.split("/").map(decodeURIComponent);
    kind = parts[1] ?? "";
    const made = await page_of(place, kind, parts[2] ?? "");
    if (mine === turn) take_down = made; else made();
  } catch (error) {
    // A training that has no field yet will have one.
    if (kind === "field" && mine === turn) window.setTimeout(() => { if (mine === turn) void show(root); }, retry_ms);
    place.replaceChildren(header("Not here"), h("main", { class: "page" }, h("h1", {}, "This did not work"),
      h("p", { class: "message" }, (error as Error).message), h("a", { class: "button", href: "#/runs" }, "All runs")));
  }
}

async function page_of(root: HTMLElement, kind: string, name: string): Promise<() => void> {
  if (kind === "run") return run_page(root, name);
  // The splat renderer is most of the page's bytes: other pages do without it.
  if (kind === "field") return (await import("./field_page")).field_page(root, name);
  if (kind === "") {
    const list = await runs();
    if (list.length === 1 && list[0].field) {
      location.replace(`#/field/${encodeURIComponent(list[0].name)}`);
      return () => undefined;
    }
  }
  return dashboard(root);
}

apply_theme();
const root = document.getElementById("app")!;
window.addEventListener("hashchange", () => void show(root));
void show(root);
