// The cameras of the field with their photos; a click flies there.
import { photo_address } from "../api";
import { pose_of_view } from "../camera";
import type { CameraControls } from "../controls";
import { h } from "../dom";
import type { FieldScene } from "../field_scene";

export function views_panel(scene: FieldScene, controls: CameraControls): HTMLElement {
  const { info, camera } = scene;
  if (info.views.length === 0) return h("p", { class: "note" }, "The run names no photos.");
  return h("div", { class: "views" }, ...info.views.map((view, i) =>
    h("button", { type: "button", class: "view", title: `Look from ${view.name}`, onclick: () => controls.fly_to(pose_of_view(view, info.centre, camera.width / camera.height)) },
      h("img", { src: photo_address(info.name, i, 160), alt: "", loading: "lazy", width: 160, height: Math.round((160 * view.height) / view.width) }),
      h("span", {}, view.name, view.split === "train" ? null : h("em", {}, ` ${view.split}`)))));
}
