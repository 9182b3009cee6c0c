import { useSignal } from "@preact/signals";
import { useApp } from "../use-app.js";
import { Icon } from "./Icon.js";

/** Copies, and says so in its own place; where the browser refuses, it says what to do instead. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { page } = useApp();
  const state = useSignal<"idle" | "copied" | "refused">("idle");
  const copy = async (): Promise<void> => {
    state.value = (await page.copy(text)) ? "copied" : "refused";
    setTimeout(() => (state.value = "idle"), 4000);
  };
  const words = { idle: label, copied: "Copied", refused: "Select and copy it by hand" };
  return (
    <button type="button" class="button" onClick={() => void copy()}>
      <Icon name={state.value === "copied" ? "check" : "copy"} />
      <span aria-live="polite">{words[state.value]}</span>
    </button>
  );
}
