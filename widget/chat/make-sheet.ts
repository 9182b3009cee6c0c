import { makeAccent } from "../../shared/accent.js";
import css from "./panel.css";

/**
 * The panel's style sheet for a site's colour, constructed: a host page's CSP may forbid `<style>`.
 * `rem` means the host page's root here, which may be anything, so it is replaced by the reader's
 * own default size.
 */
export function makeSheet(color: string, defaultSize: number): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    css.replace(/([\d.]+)rem\b/g, (_, size: string) => `${Number(size) * defaultSize}px`) +
      accentRule(color, "light") +
      `@media (prefers-color-scheme:dark){${accentRule(color, "dark")}}`,
  );
  return sheet;
}

function accentRule(color: string, theme: "light" | "dark"): string {
  const { accent, onAccent, ring } = makeAccent(color, theme);
  const colors = `--accent:${accent};--on-accent:${onAccent};--ring:${ring}`;
  const soft = `color-mix(in srgb,${accent} 14%,var(--ground))`;
  return `:host{${colors}}@supports (color:color-mix(in srgb,red,red)){:host{--accent-soft:${soft}}}`;
}

/** The reader's own default size of type, whatever the host page made of its root. */
export function readDefaultSize(root: ShadowRoot): number {
  const probe = document.createElement("span");
  probe.style.fontSize = "medium";
  root.append(probe);
  const size = Number.parseFloat(getComputedStyle(probe).fontSize);
  probe.remove();
  return size > 0 ? size : 16;
}
