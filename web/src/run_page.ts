// One run: curves, pictures, recipe, products, record.
import { curves, file_address, run, type RunDetail } from "./api";
import { LineChart } from "./chart";
import { by_name, field_link } from "./dashboard";
import { bytes_text, h, seconds_text, thousands } from "./dom";
import { header } from "./header";

const refresh_ms = 2000;

export async function run_page(root: HTMLElement, name: string): Promise<() => void> {
  document.title = `${name} · retort`;
  let detail = await run(name);
  const head = h("div", { class: "head" }), told = h("div", { class: "told" }), made = h("div", { class: "told" });
  const charts = h("div", { class: "charts" }), lines = new Map<string, [number, number][]>(), drawn = new Map<string, LineChart>();
  let after = 0;
  const refresh = async (): Promise<void> => {
    const { points, next, restarted } = await curves(name, after);
    after = next;
    if (restarted) { lines.clear(); drawn.clear(); charts.replaceChildren(); }
    if (points.length === 0) return;
    const timings = by_name(points, lines);
    for (const [title, values] of lines) {
      if (!drawn.has(title)) {
        const chart = new LineChart({ label: title, height: 170 });
        drawn.set(title, chart);
        const card = h("section", { class: "card" }, h("h3", {}, title), chart.element);
        if (timings.has(title)) charts.append(card); else charts.insertBefore(card, charts.querySelector(".timing"));
        if (timings.has(title)) card.classList.add("timing");
      }
      drawn.get(title)!.draw([{ name: title, points: values }]);
    }
  };
  const say_what_it_is = (): void => {
    const { state } = detail;
    head.replaceChildren(h("h1", {}, name), h("span", { class: `state ${state}` }, state), h("span", { class: "space" }),
      detail.field ? h("a", { class: "button main", href: field_link(name) }, "Open field") : "");
    told.replaceChildren(detail.message ? h("p", { class: "message" }, detail.message) : "", facts(detail));
    // Shown anew only when they changed, so that pictures don't flicker and links keep the focus.
    const list = JSON.stringify([detail.pictures, detail.products]);
    if (list !== made.dataset.list) made.replaceChildren(pictures(name, detail) ?? "", products(name, detail) ?? "");
    made.dataset.list = list;
  };
  say_what_it_is();
  root.replaceChildren(header(name), h("main", { class: "page" }, head, told, charts, made,
    h("section", { class: "card" }, h("h2", {}, "Recipe"), h("pre", { tabindex: 0 }, detail.recipe || "none was kept"))));
  await refresh();
  let busy = false;
  const again = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      detail = await run(name);
      say_what_it_is();
      await refresh();
    } finally {
      busy = false;
    }
    if (detail.state === "finished") window.clearInterval(timer);
  };
  // What can't be read this time is read next time.
  const timer = window.setInterval(() => void again().catch(() => undefined), refresh_ms);
  return () => window.clearInterval(timer);
}

function facts(detail: RunDetail): HTMLElement {
  const list = h("dl", { class: "facts" });
  const add = (title: string, value: string | number): void => {
    if (value !== "") list.append(h("div", {}, h("dt", {}, title), h("dd", {}, String(value))));
  };
  add("Method", detail.method);
  add("Started", detail.started_at.replace("T", " ").replace("Z", " UTC"));
  add("Time", seconds_text(detail.seconds));
  add("Steps", thousands(detail.steps_done));
  add("Seed", detail.seed);
  return list;
}

function pictures(name: string, detail: RunDetail): HTMLElement | null {
  if (detail.pictures.length === 0) return null;
  return h("section", { class: "card" }, h("h2", {}, "Pictures"), h("div", { class: "pictures" }, ...detail.pictures.map((picture) =>
    h("figure", {}, h("a", { href: file_address(name, picture.path) }, h("img", { src: file_address(name, picture.path), alt: picture.title, loading: "lazy" })),
      h("figcaption", {}, picture.title, h("span", { class: "quiet" }, ` step ${thousands(picture.step)}`))))));
}

function products(name: string, detail: RunDetail): HTMLElement | null {
  if (detail.products.length === 0) return null;
  return h("section", { class: "card" }, h("h2", {}, "Products"), h("ul", { class: "products" }, ...detail.products.map((product) =>
    h("li", {}, h("a", { href: file_address(name, product.path), download: "" }, product.name), h("span", { class: "quiet" }, `${product.kind}, ${bytes_text(product.bytes)}`)))));
}
