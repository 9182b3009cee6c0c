import type { Shelf } from "../state/ports.js";

/**
 * `localStorage`, or the page's memory where the browser refuses it (private mode, full disk):
 * then drafts live as long as the page.
 */
export function createBrowserShelf(): Shelf {
  const memory = new Map<string, string>();
  const stored = <T>(use: (storage: Storage) => T, otherwise: T): T => {
    try {
      return use(localStorage);
    } catch {
      return otherwise;
    }
  };
  return {
    read: (key) => memory.get(key) ?? stored((storage) => storage.getItem(key), null),
    write(key, value) {
      const kept = stored((storage) => {
        storage.setItem(key, value);
        return true;
      }, false);
      if (kept) memory.delete(key);
      else memory.set(key, value);
    },
    remove(key) {
      memory.delete(key);
      stored((storage) => storage.removeItem(key), undefined);
    },
    keys(prefix) {
      const all = [...memory.keys(), ...stored((storage) => Object.keys(storage), [])];
      return all.filter((key) => key.startsWith(prefix));
    },
  };
}
