import { Catalog } from "./catalog.js";
import type { Entry, KeySpace } from "./key-space.js";
import { entryIdKey, entryIndexKey, indexEntry, tableRange } from "./table-keys.js";

const chunk = 1_000;

/** Format 1 to 2: entries of unique indexes had the `_id` key behind the index key; now it is their value. */
export function moveIdsIntoValues(space: KeySpace): void {
  const catalog = new Catalog(space);
  catalog.load();
  for (const { indexes } of catalog.all())
    for (const index of indexes) {
      if (!index.spec.unique) continue;
      let after: Buffer | undefined;
      for (;;) {
        const entries = firstOf(space.walk({ ...tableRange(index.table), after }));
        for (const { key, value } of entries) {
          const moved = indexEntry(index, entryIndexKey(key, value), entryIdKey(key, value));
          space.remove(key);
          space.put(moved.key, moved.value);
          after = key;
        }
        if (entries.length < chunk) break;
      }
    }
}

/** Read before anything is put: that would disturb the walk. */
function firstOf(entries: Iterable<Entry>): Entry[] {
  const first: Entry[] = [];
  for (const entry of entries) {
    first.push(entry);
    if (first.length === chunk) break;
  }
  return first;
}
