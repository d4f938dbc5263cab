// All runs below the served folder: a list, and several compared in one chart.
import { curves, runs, type CurvePoint, type RunEntry } from "./api";
import { LineChart, type Line } from "./chart";
import { h, say, seconds_text, select_of, thousands } from "./dom";
import { header } from "./header";

const refresh_ms = 3000;

export const run_link = (name: string): string => `#/run/${encodeURIComponent(name)}`;
export const field_link = (name: string): string => `#/field/${encodeURIComponent(name)}`;

/** The lines of a run's curves by the name of the curve. */
export function by_name(points: CurvePoint[], into: Map<string, [number, number][]>): Set<string> {
  const timings = new Set<string>();
  for (const [name, step, value, timing] of points) {
    if (!into.has(name)) into.set(name, []);
    into.get(name)!.push([step, value]);
    if (timing) timings.add(name);
  }
  return timings;
}

export async function dashboard(root: HTMLElement): Promise<() => void> {
  document.title = "Runs · retort";
  const chosen = new Set<string>(), comparison = new Comparison();
  const table = h("tbody", {}), empty = h("p", { class: "note", hidden: true }, "No runs here yet.");
  const choose = (name: string, on: boolean): void => {
    if (on) chosen.add(name); else chosen.delete(name);
    compare();
  };
  const compare = (): void => void comparison.show([...chosen]).catch((error: Error) => say(error.message, true));
  let shown = "";
  const refresh = async (): Promise<void> => {
    const list = await runs(), text = JSON.stringify(list);
    if (list.some((entry) => entry.live && chosen.has(entry.name))) compare();
    if (text === shown) return;  // the pointer's row stays under the pointer
    shown = text;
    empty.hidden = list.length > 0;
    table.replaceChildren(...list.map((entry) => row(entry, chosen.has(entry.name), choose)));
  };
  root.replaceChildren(header(), h("main", { class: "page" }, h("h1", {}, "Runs"), empty,
    h("div", { class: "table-frame" }, h("table", { class: "runs" }, h("thead", {}, h("tr", {},
      ...["", "Run", "Method", "State", "Steps", "Time", ""].map((title) => h("th", { scope: "col" }, title)))), table)),
    comparison.element));
  await refresh();
  const timer = window.setInterval(() => void refresh().catch(() => undefined), refresh_ms);
  return () => window.clearInterval(timer);
}

function row(entry: RunEntry, checked: boolean, choose: (name: string, on: boolean) => void): HTMLElement {
  const box = h("input", { type: "checkbox", checked, "aria-label": `Compare ${entry.name}`, onchange: () => choose(entry.name, box.checked) });
  return h("tr", {}, h("td", {}, box), h("td", {}, h("a", { href: run_link(entry.name) }, entry.name)),
    h("td", {}, h("span", { class: "quiet" }, `${entry.family} · `), entry.method),
    h("td", {}, h("span", { class: `state ${entry.state}` }, entry.state)),
    h("td", { class: "number" }, entry.steps_planned ? `${thousands(entry.steps_done)} / ${thousands(entry.steps_planned)}` : thousands(entry.steps_done)),
    h("td", { class: "number" }, seconds_text(entry.seconds)),
    h("td", {}, entry.field ? h("a", { class: "button small", href: field_link(entry.name) }, "Open field") : null));
}

/** Curves of several runs, one name at a time. */
class Comparison {
  readonly element = h("section", { class: "card", hidden: true });
  private chart = new LineChart({ label: "Comparison of runs", legend: true, width: 1000, height: 300 });
  private loaded = new Map<string, { lines: Map<string, [number, number][]>; next: number }>();
  private names: string[] = [];
  private curve = "";
  private turn = 0;

  /** Reads on where curves have grown; of several calls the last one is shown. */
  async show(names: string[]): Promise<void> {
    const mine = ++this.turn;
    this.element.hidden = names.length === 0;
    for (const name of names) {
      const known = this.loaded.get(name), piece = await curves(name, known?.next ?? 0);
      if (mine !== this.turn) return;
      const lines = known && !piece.restarted ? known.lines : new Map<string, [number, number][]>();
      by_name(piece.points, lines);
      this.loaded.set(name, { lines, next: piece.next });
    }
    this.names = names;
    const shared = [...new Set(names.flatMap((name) => [...this.loaded.get(name)!.lines.keys()]))];
    if (!shared.includes(this.curve)) this.curve = shared.find((name) => name.includes("loss")) ?? shared[0] ?? "";
    if (this.element.dataset.shared !== shared.join("\n")) {  // else an open list stays open
      this.element.dataset.shared = shared.join("\n");
      const choice = select_of(shared.map((name) => [name, name]), this.curve, (value) => { this.curve = value; this.draw(); });
      choice.setAttribute("aria-label", "Curve");
      this.element.replaceChildren(h("div", { class: "head" }, h("h2", {}, "Comparison"), choice), this.chart.element);
    }
    this.draw();
  }

  private draw(): void {
    const lines = this.names.map((name) => ({ name, points: this.loaded.get(name)!.lines.get(this.curve) }));
    this.chart.draw(lines.filter((line): line is Line => line.points !== undefined));
  }
}
