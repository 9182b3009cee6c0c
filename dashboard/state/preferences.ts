import { signal, type ReadonlySignal } from "@preact/signals";
import type { InboxState } from "./inbox-lists.js";
import type { Shelf } from "./ports.js";

/** What this browser remembers of how an operator works. */
export interface Preferences {
  /** Single letters as keys; off for people whose speech input types letters. */
  singleKeys: ReadonlySignal<boolean>;
  setSingleKeys(on: boolean): void;
  list: ReadonlySignal<InboxState>;
  setList(list: InboxState): void;
  search: ReadonlySignal<string>;
  setSearch(text: string): void;
}

const singleKeysKey = "porchlight_single_keys";

export function createPreferences(shelf: Shelf): Preferences {
  const singleKeys = signal(shelf.read(singleKeysKey) !== "off");
  const list = signal<InboxState>("open");
  const search = signal("");
  return {
    singleKeys,
    setSingleKeys(on) {
      singleKeys.value = on;
      if (on) shelf.remove(singleKeysKey);
      else shelf.write(singleKeysKey, "off");
    },
    list,
    setList: (next) => (list.value = next),
    search,
    setSearch: (text) => (search.value = text),
  };
}
