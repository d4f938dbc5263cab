// A histogram with a threshold that is dragged or stepped by keys.
import { h, short_number, svg } from "./dom";

export class ThresholdHistogram {
  readonly element: HTMLElement;
  private bars = svg("svg", { viewBox: "0 0 64 40", preserveAspectRatio: "none", class: "bars", "aria-hidden": "true" });
  private slider = h("input", { type: "range", min: 0, max: 1000, value: 500, "aria-label": "Threshold" });
  private reading = h("output", {});
  private low = 0;
  private high = 1;
  private counts: number[] = [];

  constructor(changed: (threshold: number) => void) {
    this.slider.addEventListener("input", () => { this.show(); changed(this.threshold); });
    this.element = h("div", { class: "histogram", hidden: true }, this.bars as unknown as Node, h("div", { class: "ramp", "aria-hidden": "true" }), this.slider,
      h("div", { class: "scale" }, h("span", { class: "low" }), this.reading, h("span", { class: "high" })));
  }

  get threshold(): number { return this.low + (Number(this.slider.value) / 1000) * (this.high - this.low); }

  /** Of 0..255, as scores are sent. */
  get step(): number { return (255 * Number(this.slider.value)) / 1000; }

  set(counts: number[], low: number, high: number, threshold: number): void {
    this.counts = counts;
    this.low = low;
    this.high = high;
    this.slider.value = String(Math.round((1000 * (threshold - low)) / (high - low || 1)));
    this.element.hidden = false;
    this.element.querySelector(".low")!.textContent = short_number(low);
    this.element.querySelector(".high")!.textContent = short_number(high);
    this.show();
  }

  private show(): void {
    // Roots, so that a small peak of the asked thing shows beside a large one of everything else.
    const top = Math.sqrt(Math.max(1, ...this.counts)), cut = (Number(this.slider.value) / 1000) * this.counts.length;
    this.bars.replaceChildren(...this.counts.map((count, i) => {
      const height = (38 * Math.sqrt(count)) / top;
      return svg("rect", { x: i + 0.1, y: 40 - height, width: 0.8, height, class: i + 0.5 >= cut ? "in" : "out" });
    }));
    this.reading.textContent = `threshold ${short_number(this.threshold)}`;
    this.slider.setAttribute("aria-valuetext", short_number(this.threshold));
  }
}
