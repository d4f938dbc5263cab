// What is done to the selection: delete, extract, recolour, opacity, move, rotate, scale, duplicate; undo and redo.
import type { Vec3 } from "../api";
import { button, field, h, select_of } from "../dom";
import type { FieldScene } from "../field_scene";

function number_input(label: string, value: number, step: number): HTMLInputElement {
  return h("input", { type: "number", step, value, "aria-label": label });
}

function rgb_of(hex: string): Vec3 {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255) as Vec3;
}

export function edit_panel(scene: FieldScene): HTMLElement {
  const edit = (change: Record<string, unknown>): void => void scene.tell("edit", { edit: change });
  const colour = h("input", { type: "color", value: "#3b82f6", "aria-label": "New colour" });
  const opacity = number_input("Opacity times", 0.5, 0.1);
  opacity.min = "0";
  const step = Number((scene.info.radius / 20).toPrecision(1));
  const move = ["x", "y", "z"].map((axis) => number_input(`Move along ${axis}`, 0, step));
  const degrees = number_input("Rotate by degrees", 0, 5);
  const scale = number_input("Scale by", 1, 0.1);
  const up = scene.info.up;
  const axis = select_of([["up", "up"], ["x", "x"], ["y", "y"], ["z", "z"]], "up", () => undefined);
  axis.setAttribute("aria-label", "Axis of rotation");
  const axis_vector = (): Vec3 => ({ x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 1], up } as Record<string, Vec3>)[axis.value];
  // Turning and scaling keep the middle of the selection where it is.
  const transform = (): Record<string, unknown> => ({
    move: move.map((input) => Number(input.value)), scale: Number(scale.value), pivot: middle(scene),
    rotate: { axis: axis_vector(), degrees: Number(degrees.value) },
  });
  const actions = h("fieldset", { class: "plain stack" },
    h("div", { class: "row" },
      button("Delete", () => edit({ delete: {} }), { title: "Delete what is selected (Del)", class: "button danger" }),
      button("Extract", () => edit({ extract: {} }), { title: "Keep only what is selected" })),
    h("div", { class: "twins" }, colour, button("Recolour", () => edit({ recolour: { colour: rgb_of(colour.value) } })),
      opacity, button("Opacity", () => edit({ opacity: { factor: Number(opacity.value) } }), { title: "Multiply the opacity by this" })),
    h("details", {}, h("summary", {}, "Move, rotate, scale, duplicate"),
      h("div", { class: "stack" },
        field("Move, scene units: x right, y down, z forward", h("span", { class: "triple" }, ...move)),
        h("div", { class: "triple" }, field("Degrees", degrees), field("about", axis), field("Scale", scale)),
        h("div", { class: "row" },
          button("Transform", () => edit({ transform: transform() })), button("Duplicate", () => edit({ duplicate: transform() }),
            { title: "A copy, transformed; it becomes the selection" })))));
  const undo = button("Undo", () => void scene.tell("undo"), { icon: "undo", title: "Undo (Ctrl+Z)" });
  const redo = button("Redo", () => void scene.tell("redo"), { icon: "redo", title: "Redo (Ctrl+Shift+Z)" });
  const history = h("span", { class: "note" });
  const show = (): void => {
    const { count, undoes, redoes } = scene.counts;
    actions.disabled = count === 0;
    undo.disabled = undoes === 0;
    redo.disabled = redoes === 0;
    undo.title = scene.counts.undo_what ? `Undo: ${scene.counts.undo_what} (Ctrl+Z)` : "Undo (Ctrl+Z)";
    redo.title = scene.counts.redo_what ? `Redo: ${scene.counts.redo_what} (Ctrl+Shift+Z)` : "Redo (Ctrl+Shift+Z)";
    history.textContent = count === 0 && undoes === 0 ? "Select something first" : `${undoes} step${undoes === 1 ? "" : "s"} so far`;
  };
  scene.on("counts", show);
  show();
  return h("div", { class: "stack" }, actions, h("div", { class: "row" }, undo, redo, history));
}

/** The mean place of the selected splats. */
function middle(scene: FieldScene): Vec3 {
  const { store, know } = scene, sum: Vec3 = [0, 0, 0];
  let count = 0;
  if (!store || !know.selected) return scene.info.centre;
  for (let slot = 0; slot < store.count; ++slot) {
    if (!know.selected[store.ids[slot]]) continue;
    for (let c = 0; c < 3; ++c) sum[c] += store.means[3 * slot + c];
    ++count;
  }
  return count ? (sum.map((x) => x / count) as Vec3) : scene.info.centre;
}
