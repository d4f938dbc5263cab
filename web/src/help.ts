// The overlay that lists what keys and pointer do.
import { button, h } from "./dom";

const rows: [string, string][] = [
  ["Drag", "turn about the middle of what is seen; with fly on: look around"],
  ["Right drag, Shift + drag", "slide"],
  ["Wheel, pinch", "nearer, farther"],
  ["W A S D, Q E", "fly forward, left, back, right, down, up; Shift: faster"],
  ["Arrows", "turn, as dragging does"],
  ["F", "drag looks around (fly) or turns about (orbit)"],
  ["1 2 3 4 5", "tools: turn, click, box, lasso, scribble"],
  ["Click", "select the thing under the pointer; Enter: the one in the middle"],
  ["Ctrl + click", "this too"],
  ["Shift + click", "not this"],
  ["/", "name a thing"],
  ["M", "next mode: colour, depth, features, relevancy, selection"],
  ["R", "back to the first view"],
  ["[ ]", "the view before, the next one"],
  ["P", "the engine's own picture of this view"],
  ["I", "invert the selection"],
  ["+ −", "grow, shrink the selection"],
  ["Del, Backspace", "delete what is selected"],
  ["Ctrl + Z, Ctrl + Shift + Z", "undo, redo"],
  ["Esc", "take back a drawing; select nothing"],
  ["?", "this page"],
];

export function show_help(): void {
  const dialog = h("dialog", { class: "help", "aria-label": "Keys and pointer" }, h("h2", {}, "Keys and pointer"),
    h("dl", {}, ...rows.flatMap(([keys, what]) => [h("dt", {}, ...keys.split(", ").map((k) => h("kbd", {}, k))), h("dd", {}, what)])),
    h("div", { class: "row" }, button("Close", () => dialog.close(), { class: "button main" })));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
