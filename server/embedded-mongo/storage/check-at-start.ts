import { namespaceOf, type Collection } from "./collection.js";
import { temporaryPrefix } from "./temporary-collection.js";
import { removeIndexes } from "./index-build.js";
import type { Log, Store } from "./store.js";
import { tableRange } from "./table-keys.js";

/**
 * What is looked at whenever a store is opened: counts against what is stored, indexes against their
 * collections, and builds that a crash cut short, which are taken back (nobody was told they succeeded).
 * Says what it found and did. `validate` looks at every document.
 */
export async function checkAtStart(store: Store, log: Log): Promise<void> {
  const started = performance.now();
  let documents = 0;
  let collections = 0;
  for (const collection of [...store.catalog.all()]) {
    const namespace = namespaceOf(collection);
    if (collection.name.startsWith(temporaryPrefix)) {
      await store.free(() => {
        store.catalog.drop(collection);
      });
      log("warn", "removed what an interrupted $out had written", { namespace });
      continue;
    }
    collections += 1;
    documents += await checkCount(store, collection, log);
    const unfinished = collection.indexes.filter((index) => index.building);
    if (unfinished.length > 0) {
      await store.free(() => {
        removeIndexes(store, namespace, (index) => index.building);
      });
      log("warn", "took back index builds that were cut short", {
        namespace,
        indexes: unfinished.map(({ spec }) => spec.name),
      });
    }
    for (const index of collection.indexes) {
      if (index.building || index.multikey || index.spec.sparse || index.spec.partial !== undefined)
        continue;
      const entries = store.space.count(tableRange(index.table));
      const expected = store.space.count(tableRange(collection.table));
      if (entries !== expected)
        log("error", "an index does not fit its collection: drop and create it again", {
          namespace,
          index: index.spec.name,
          entries,
          documents: expected,
        });
    }
  }
  log(
    "info",
    store.openedAfterCrash
      ? "store opened after an unclean end, nothing needed repair by hand"
      : "store opened",
    {
      folder: store.folder,
      collections,
      documents,
      pagesChecked: store.pagesChecked,
      changesFromLog: store.changesRecovered,
      milliseconds: Math.round(performance.now() - started),
    },
  );
}

async function checkCount(store: Store, collection: Collection, log: Log): Promise<number> {
  const count = store.space.count(tableRange(collection.table));
  const noted = store.catalog.size(collection);
  if (noted.count === count) return count;
  await store.free(() => {
    store.catalog.setSize(collection, { count, bytes: noted.bytes });
  });
  log("warn", "put a wrong document count right", {
    namespace: namespaceOf(collection),
    was: noted.count,
    is: count,
  });
  return count;
}
