// A text box that completes over a list of words; arrows and Enter, as ARIA's combobox pattern has it.
import { h } from "./dom";

let next_id = 0;

export class Combobox {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  private list: HTMLElement;
  private active = -1;

  constructor(private words: string[], label: string, private chosen: (word: string) => void) {
    const id = `words-${next_id++}`;
    this.list = h("ul", { id, role: "listbox", class: "completions", hidden: true, "aria-label": label });
    this.input = h("input", { type: "text", role: "combobox", "aria-label": label, "aria-controls": id, "aria-expanded": "false",
      "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", placeholder: label });
    this.input.addEventListener("input", () => this.open());
    this.input.addEventListener("focus", () => this.open());
    this.input.addEventListener("blur", () => window.setTimeout(() => this.close(), 150));
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.element = h("div", { class: "combobox" }, this.input, this.list);
  }

  private matches(): string[] {
    const text = this.input.value.trim().toLowerCase();
    const begins = this.words.filter((word) => word.toLowerCase().startsWith(text));
    return [...begins, ...this.words.filter((word) => !begins.includes(word) && word.toLowerCase().includes(text))].slice(0, 12);
  }

  private open(): void {
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    const words = this.matches();
    this.list.replaceChildren(...words.map((word, i) =>
      h("li", { role: "option", id: `${this.list.id}-${i}`, onpointerdown: (event: PointerEvent) => { event.preventDefault(); this.take(word); } }, word)));
    this.list.hidden = words.length === 0;
    this.input.setAttribute("aria-expanded", String(words.length > 0));
  }

  private close(): void {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  private take(word: string): void {
    this.input.value = word;
    this.close();
    this.chosen(word);
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.open();
      const options = [...this.list.children];
      if (options.length === 0) return;
      const down = event.key === "ArrowDown";
      this.active = this.active < 0 ? (down ? 0 : options.length - 1) : (this.active + (down ? 1 : -1) + options.length) % options.length;
      options.forEach((option, i) => option.setAttribute("aria-selected", String(i === this.active)));
      options[this.active].scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", options[this.active].id);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const word = !this.list.hidden && this.active >= 0 ? this.list.children[this.active].textContent! : this.input.value.trim();
      if (word) this.take(word);
    } else if (event.key === "Escape") {
      this.close();
    }
  }
}
