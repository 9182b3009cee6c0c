import { Careful } from "./careful.js";
import type { Store } from "./store.js";
import { tableRange } from "./table-keys.js";

/** How long one transaction removes entries before others get their turn. */
const sliceMs = 5;

/**
 * Removes what dropped collections and indexes left, a slice at a time. What a crash interrupts is
 * taken up at the next start: the tables stay noted until they are empty.
 */
export async function sweepTables(store: Store, stopped: () => boolean): Promise<void> {
  for (const table of store.catalog.droppedTables()) {
    let empty = false;
    const most = new Careful();
    while (!empty && !stopped())
      empty = await most.attempt((limit) => store.free(() => sweepSlice(store, table, limit)));
  }
}

function sweepSlice(store: Store, table: number, limit: number): boolean {
  const until = performance.now() + sliceMs;
  for (let removed = 0; removed < limit;) {
    const keys: Buffer[] = [];
    for (const { key } of store.space.walk(tableRange(table))) {
      keys.push(key);
      if (keys.length >= 200 || removed + keys.length >= limit) break;
    }
    for (const key of keys) store.space.remove(key);
    removed += keys.length;
    if (keys.length === 0) {
      store.catalog.forgetTable(table);
      return true;
    }
    if (performance.now() > until) break;
  }
  return false;
}
