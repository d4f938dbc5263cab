// A running training as it goes: loss curve, steps, splats, time to go.
import { curves } from "../api";
import { LineChart } from "../chart";
import { h, seconds_text, short_number, thousands } from "../dom";
import type { FieldScene } from "../field_scene";

export function training_panel(scene: FieldScene): HTMLElement {
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Steps done" }), words = h("p", { class: "note" });
  const chart = new LineChart({ height: 120, label: "Loss by step" });
  const loss: [number, number][] = [];
  let name_of_loss: string | null = null;
  const put = (step: number, value: number): void => {
    if (loss.length && loss[loss.length - 1][0] >= step) return;
    loss.push([step, value]);
  };
  void curves(scene.info.name, 0).then(({ points }) => {
    const found = points.find(([name]) => /(^|\/)loss$/.test(name)) ?? points.find(([name]) => name.includes("loss"));
    if (!found) return;
    name_of_loss = found[0];
    const early = points.filter(([name]) => name === name_of_loss).map(([, step, value]): [number, number] => [step, value]);
    loss.unshift(...early.filter(([step]) => !loss.length || step < loss[0][0]));
    chart.draw([{ name: "loss", points: loss }]);
  }, () => undefined);
  const show = (): void => {
    const { step, planned, eta_seconds, scalars, splats, live } = scene.training!;
    if (loss.length && step < loss[loss.length - 1][0]) loss.length = 0;  // begun anew
    const key = name_of_loss !== null && name_of_loss in scalars ? name_of_loss
      : Object.keys(scalars).find((name) => /(^|\/)loss$/.test(name)) ?? Object.keys(scalars).find((name) => name.includes("loss"));
    if (key) { put(step, scalars[key]); chart.draw([{ name: "loss", points: loss }]); }
    bar.max = planned || 1;
    bar.value = step;
    words.textContent = [`Step ${thousands(step)} of ${thousands(planned)}`,
      step >= planned ? "done" : !live ? "not at work now" : eta_seconds === null ? "" : `${seconds_text(eta_seconds)} to go`,
      splats > 0 ? `${thousands(splats)} splats` : "", key ? `loss ${short_number(scalars[key])}` : ""].filter((part) => part).join(" · ");
  };
  scene.on("training", show);
  if (scene.training) show();
  return h("div", { class: "stack" }, bar, words, chart.element);
}
