// Naming a thing: word, negatives, form, and the threshold over the histogram; the selection follows the slider.
import { Combobox } from "../combobox";
import { button, field, h, select_of, thousands } from "../dom";
import type { FieldScene } from "../field_scene";
import { ThresholdHistogram } from "../histogram";
import type { Tools } from "../tools";

export class QueryPanel {
  readonly element: HTMLElement;
  private against: string[] = [];
  private asked = "";
  private form = "relevancy";
  private rule = "threshold";
  private chips = h("div", { class: "chips", "aria-label": "Words that it is not" });
  private found = h("p", { class: "note", hidden: true });
  private histogram: ThresholdHistogram;
  private word: Combobox | null = null;
  private selecting = false;
  private again = false;

  constructor(private scene: FieldScene, private tools: Tools) {
    this.histogram = new ThresholdHistogram(() => this.follow());
    const { words, why_no_words } = scene.info;
    this.element = words ? this.controls(words)
      : h("div", {}, h("p", { class: "note" }, why_no_words || "This field cannot be asked by name."),
          h("p", { class: "note" }, "Clicks, boxes and lassos work all the same."));
  }

  focus(): void { this.word?.input.focus(); this.word?.input.select(); }

  async ask(word: string): Promise<void> {
    this.asked = word;
    const answer = await this.scene.tell("query", { asked: word, against: this.against, form: this.form });
    if (!answer) return;
    const { histogram, low, high, threshold } = answer as unknown as { histogram: number[]; low: number; high: number; threshold: number };
    this.histogram.set(histogram, low, high, threshold);
    this.histogram.element.hidden = this.rule !== "threshold";
    this.found.hidden = typeof answer.nearest_wins !== "number";
    this.found.textContent = `‘${word}’ is the nearest word of ${thousands(Number(answer.nearest_wins ?? 0))} splats`;
    this.scene.know.threshold = this.histogram.step;
    if (this.scene.mode === "rgb" || this.scene.mode === "depth" || this.scene.mode === "feature") this.scene.set_mode("relevancy");
    await this.select();
  }

  private controls(words: string[]): HTMLElement {
    this.word = new Combobox(words, "Name a thing", (word) => void this.ask(word));
    const other = new Combobox(words, "Not this", (word) => {
      if (!this.against.includes(word)) this.against = [...this.against, word];
      other.input.value = "";
      this.show_chips();
      if (this.asked) void this.ask(this.asked);
    });
    const again = (): void => { if (this.asked) void this.ask(this.asked); };
    return h("div", { class: "stack" },
      this.word.element, this.found, this.histogram.element,
      h("details", {}, h("summary", {}, "How it compares"),
        h("div", { class: "stack" },
          other.element, this.chips,
          h("p", { class: "note" }, "Without words here, all others of the vocabulary are held against it."),
          h("div", { class: "pair" },
            field("Form", select_of([["relevancy", "Relevancy"], ["softmax", "Softmax"], ["cosine", "Cosine"]], this.form,
              (value) => { this.form = value; again(); })),
            field("Rule", select_of([["threshold", "Threshold"], ["hard", "Nearest word"]], this.rule,
              (value) => { this.rule = value; this.rule_changed(); }))))));
  }

  private rule_changed(): void {
    if (!this.asked) return;
    this.histogram.element.hidden = this.rule !== "threshold";
    void this.select();
  }

  private show_chips(): void {
    this.chips.replaceChildren(...this.against.map((word) => button(`${word} ×`, () => {
      this.against = this.against.filter((other) => other !== word);
      this.show_chips();
      if (this.asked) void this.ask(this.asked);
    }, { class: "chip", title: `No longer hold against ${word}` })));
  }

  private follow(): void {
    this.scene.know.threshold = this.histogram.step;
    if (this.scene.mode === "relevancy") this.scene.repaint();
    void this.select();
  }

  /** One question at a time; the last place of the slider wins. */
  private async select(): Promise<void> {
    if (this.selecting) { this.again = true; return; }
    this.selecting = true;
    do {
      this.again = false;
      await this.scene.tell("select_query", { threshold: this.rule === "threshold" ? this.histogram.threshold : null, combine: this.tools.combine });
    } while (this.again);
    this.selecting = false;
  }
}
