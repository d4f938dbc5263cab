// What is selected: how many, how new sets meet it, growing and shrinking, keeping it.
import { download_address } from "../api";
import { button, field, h, say, select_of, thousands } from "../dom";
import type { FieldScene } from "../field_scene";
import type { Combine, Tools } from "../tools";

export function selection_panel(scene: FieldScene, tools: Tools): HTMLElement {
  const count = h("strong", { id: "selected-count" }), share = h("span", { class: "note" });
  const rings = h("input", { type: "number", min: 1, max: 20, value: 1, "aria-label": "Rings of neighbours", title: "Rings of neighbours" });
  const similarity = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: tools.similarity });
  similarity.addEventListener("input", () => { tools.similarity = Number(similarity.value); likeness.textContent = likeness_text(); });
  const likeness_text = (): string => (tools.similarity > 0 ? tools.similarity.toFixed(2) : "by itself");
  const likeness = h("output", { class: "note" }, likeness_text());
  const name = h("input", { type: "text", placeholder: "selection", "aria-label": "Name to keep it under" });
  const show = (): void => {
    count.textContent = thousands(scene.counts.count);
    share.textContent = ` of ${thousands(scene.counts.alive)} splats`;
    element.classList.toggle("nothing", scene.counts.count === 0);
  };
  const save = async (): Promise<void> => {
    const answer = await scene.tell("save", { name: name.value.trim() || "selection" });
    if (!answer) return;
    const of_step = typeof answer.step === "number" ? `; it numbers the splats of step ${thousands(answer.step)}, training goes on to others` : "";
    say(`Kept as ${String(answer.path)}${of_step}`);
  };
  const element = h("div", { class: "stack" },
    h("p", { class: "figure" }, count, share),
    h("div", { class: "row" },
      button("All", () => void scene.tell("select_all")), button("None", () => { tools.forget(); void scene.tell("select_none"); }),
      button("Invert", () => void scene.tell("invert"))),
    h("div", { class: "row" },
      button("Grow", () => void scene.tell("grow", { rings: Number(rings.value) })),
      button("Shrink", () => void scene.tell("shrink", { rings: Number(rings.value) })), rings, h("span", { class: "note" }, "rings"),
      button("Fringe", () => void scene.tell("fringe"), {
        title: "Before deleting: take along the faint splats at the border that are somewhat like the selection, so that nothing of it is left behind",
      })),
    field("What is selected next", select_of([["replace", "replaces the selection"], ["add", "is added"], ["subtract", "is taken away"], ["intersect", "keeps what is in both"]],
      tools.combine, (value) => { tools.combine = value as Combine; })),
    field("Likeness that clicks ask for", h("span", { class: "with-output" }, similarity, likeness)),
    h("div", { class: "row" }, name, button("Keep", () => void save(), { title: "Save the selection as a product of the run" })));
  scene.on("counts", show);
  show();
  return element;
}

export function download_panel(scene: FieldScene): HTMLElement {
  const what = select_of([["all", "the whole field, as edited"], ["selection", "the selection alone"]], "all", () => undefined);
  const usual_format = "ply";
  const format = select_of(scene.info.formats.map(({ name, endings }) => [name, `${name} (${endings.join(", ")})`]), usual_format, () => undefined);
  const script = async (): Promise<void> => {
    const answer = await scene.tell("script");
    if (answer) show_text("Edit script", String(answer.yaml), "`retort field edit` replays it.");
  };
  return h("div", { class: "stack" },
    field("What", what), field("Format", format),
    h("div", { class: "row" },
      button("Download", () => {
        if (what.value === "selection" && scene.counts.count === 0) { say("Nothing is selected", true); return; }
        // A link, and not a fetch: the file goes to the disk without passing through the page's memory.
        h("a", { href: download_address(scene.info.name, format.value, what.value as "all"), download: "" }).click();
      }, { class: "button main" }),
      button("Edit script", () => void script())));
}

function show_text(title: string, text: string, note: string): void {
  const dialog = h("dialog", { "aria-label": title }, h("h2", {}, title), h("p", { class: "note" }, note), h("pre", { tabindex: 0 }, text),
    h("div", { class: "row" }, button("Copy", () => {
      void navigator.clipboard.writeText(text).then(() => say("Copied"), () => say("The browser did not allow copying", true));
    }, { class: "button main" }), button("Close", () => dialog.close())));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
