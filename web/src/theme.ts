// Light, dark, or as the system has it; remembered in this browser.
import { button, say } from "./dom";

type Theme = "system" | "light" | "dark";
const key = "retort-theme";

function kept(): Theme {
  try {
    const text = localStorage.getItem(key);
    return text === "light" || text === "dark" ? text : "system";
  } catch {
    return "system";
  }
}

export function apply_theme(theme: Theme = kept()): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function theme_button(): HTMLButtonElement {
  let shown = kept();
  return button("Light or dark", () => {
    const next: Theme = ({ system: "light", light: "dark", dark: "system" } as const)[shown];
    shown = next;
    try { localStorage.setItem(key, next); } catch { /* private windows keep nothing */ }
    apply_theme(next);
    say({ system: "Colours as the system has them", light: "Light", dark: "Dark" }[next]);
  }, { icon: "theme" });
}
