import { signal } from "@preact/signals";
import type { OutboxPhoto } from "../state/outbox.js";

/** What is being written. Memory only; it outlives the closing and opening of the panel. */
const text = signal("");
const photos = signal<OutboxPhoto[]>([]);

export const draft = {
  text,
  photos,
  clear(): void {
    text.value = "";
    photos.value = [];
  },
};
