// The line at the top of every page.
import { h } from "./dom";
import { theme_button } from "./theme";

export function header(here?: string): HTMLElement {
  return h("header", { class: "top" },
    h("a", { class: "brand", href: "#/runs" }, "retort"),
    h("nav", { "aria-label": "Where this is" },
      here ? h("a", { href: "#/runs" }, "Runs") : h("span", { "aria-current": "page" }, "Runs"),
      here ? h("span", { "aria-current": "page" }, here) : null),
    h("span", { class: "space" }), theme_button());
}
