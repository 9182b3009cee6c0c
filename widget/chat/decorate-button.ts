import { effect } from "@preact/signals";
import type { ChatClient } from "../state/chat-client.js";
import type { Speech } from "../text/speech.js";
import type { ReadonlySignal } from "@preact/signals";

const cross = "M6 6l12 12M18 6L6 18";

/** Keeps the loader's button in step: open or closed, how many unread, and what it is called. */
export function decorateButton(
  button: HTMLButtonElement,
  label: string,
  chat: ChatClient,
  speech: ReadonlySignal<Speech>,
): () => void {
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.ariaHidden = "true";
  const path = button.querySelector("path");
  const bubble = path?.getAttribute("d") ?? "";
  const stop = effect(() => {
    const { texts, count } = speech.value;
    const open = chat.state.open.value;
    const unread = open ? 0 : chat.state.unread.value;
    path?.setAttribute("d", open ? cross : bubble);
    button.setAttribute("aria-expanded", String(open));
    const name = open ? texts.close : label;
    button.setAttribute(
      "aria-label",
      unread > 0 ? `${name}, ${count(texts.unread, unread)}` : name,
    );
    badge.textContent = unread > 9 ? "9+" : String(unread);
    if (unread > 0) button.append(badge);
    else badge.remove();
  });
  return () => {
    stop();
    badge.remove();
  };
}
