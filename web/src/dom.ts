// Small helpers to make elements.

type Attributes = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;
export type Child = Node | string | number | null | undefined | false;

function fill(element: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** An HTML element; attributes that begin with "on" and are functions are listeners. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function svg(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

const icon_paths: Record<string, string> = {
  orbit: "M12 4v0a8 8 0 1 1-7.4 5M4 4v5h5M12 12h.01",
  click: "M5 4l6 15 2.2-6.2L19.5 10.5z",
  box: "M5 5h14v14H5z",
  lasso: "M12 5c5 0 8 2.3 8 5s-3 5-8 5-8-2.3-8-5 3-5 8-5zM7 14c-1 2 0 4 2 5",
  scribble: "M4 16c3-8 5-10 7-8s-3 8 0 8 4-8 9-6",
  undo: "M8 5L4 9l4 4M4 9h9a6 6 0 0 1 0 12h-2",
  redo: "M16 5l4 4-4 4M20 9h-9a6 6 0 0 0 0 12h2",
  help: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5h.01",
  theme: "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z",
  close: "M6 6l12 12M18 6L6 18",
  back: "M14 6l-6 6 6 6",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  panel: "M4 5h16v14H4zM14 5v14",
};

/** A line icon of 20 pixels, hidden from screen readers: the button around it carries the name. */
export function icon(name: string): SVGElement {
  return svg("svg", { viewBox: "0 0 24 24", width: 20, height: 20, fill: "none", stroke: "currentColor",
    "stroke-width": 1.7, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" },
    svg("path", { d: icon_paths[name] ?? "" }));
}

export interface ButtonOptions { title?: string; class?: string; icon?: string; disabled?: boolean }

export function button(label: string, pressed: () => void, options: ButtonOptions = {}): HTMLButtonElement {
  const bare = options.icon !== undefined;
  return h("button", {
    type: "button", class: options.class ?? (bare ? "icon-button" : "button"), title: options.title ?? (bare ? label : null),
    "aria-label": bare ? label : null, disabled: options.disabled ?? false, onclick: pressed,
  }, bare ? icon(options.icon!) : label);
}

/** A label over a control. */
export function field(label: string, control: HTMLElement): HTMLLabelElement {
  return h("label", { class: "field" }, h("span", {}, label), control);
}

export function select_of(values: [string, string][], chosen: string, changed: (value: string) => void): HTMLSelectElement {
  const element = h("select", { onchange: () => changed(element.value) });
  for (const [value, text] of values) element.append(h("option", { value, selected: value === chosen }, text));
  return element;
}

/** Several buttons as one stop of the tab key: arrows, Home and End go between them; `arrived` hears where. */
export function rove(bar: HTMLElement, buttons: HTMLButtonElement[], arrived: (at: HTMLButtonElement) => void = () => undefined): void {
  const stop_at = (chosen: HTMLElement): void => buttons.forEach((button) => { button.tabIndex = button === chosen ? 0 : -1; });
  stop_at(buttons[0]);
  bar.addEventListener("focusin", (event) => stop_at(event.target as HTMLElement));
  bar.addEventListener("keydown", (event) => {
    const able = buttons.filter((button) => !button.disabled), at = able.indexOf(event.target as HTMLButtonElement);
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: -1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    const next = able.at(steps[event.key] % able.length)!;
    next.focus();
    arrived(next);
  });
}

let toast_timer = 0;
/** One short line at the foot of the page, read out by screen readers. */
export function say(text: string, wrong = false): void {
  let line = document.getElementById("said");
  if (!line) {
    line = h("div", { id: "said", role: "status", "aria-live": "polite" });
    document.body.append(line);
  }
  line.textContent = text;
  line.className = wrong ? "shown wrong" : "shown";
  window.clearTimeout(toast_timer);
  toast_timer = window.setTimeout(() => { line!.className = ""; }, wrong ? 8000 : 3500);
}

export const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");

export function seconds_text(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

export function bytes_text(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) { bytes /= 1000; ++unit; }
  return `${unit && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

/** A number for people: few digits, no noise. */
export function short_number(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e4 && size < 1e7) return `${Number((value / 1000).toPrecision(3)).toLocaleString("en-US")}k`;
  return size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
