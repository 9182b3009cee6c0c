import { parseDoc } from "../bson/parse-bson.js";
import { encodeWhole } from "../index-keys/encode-key.js";
import { Careful } from "./careful.js";
import { namespaceOf, type Collection, type Index } from "./collection.js";
import type { Store } from "./store.js";
import { entryIdKey, tableKey, type KeyRange } from "./table-keys.js";

/** mongod looks once a minute; documents live a little longer than they have to, never shorter. */
const everyMs = 60_000;
const sliceMs = 5;
/** Dates are all that expires; the first of them in key order, for an index of either direction. */
const earliest = new Date(-8.64e15);

/** Removes documents whose time has come, found through their TTL index, in small transactions. */
export class TtlSweeper {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    private readonly store: Store,
    private readonly failed: (error: unknown) => void,
    private readonly sweepMs = everyMs,
  ) {}

  start(): void {
    this.#timer = setInterval(() => {
      this.#running = this.#running
        .then(async () => {
          await this.sweep(Date.now());
        })
        .catch(this.failed);
    }, this.sweepMs);
    this.#timer.unref();
  }

  /** One pass over all TTL indexes; `now` in milliseconds since 1970. Gives how many documents went. */
  async sweep(now: number): Promise<number> {
    let removed = 0;
    for (const collection of [...this.store.catalog.all()])
      for (const index of collection.indexes)
        if (index.expireAfterSeconds !== undefined && !index.building)
          removed += await this.#sweepIndex(
            collection,
            index,
            new Date(now - index.expireAfterSeconds * 1000),
          );
    return removed;
  }

  async #sweepIndex(collection: Collection, index: Index, before: Date): Promise<number> {
    let removed = 0;
    const most = new Careful();
    while (!this.#stopped) {
      const slice = await most.attempt((limit) =>
        this.store.free(() => this.#slice(namespaceOf(collection), index.table, before, limit)),
      );
      removed += slice.removed;
      if (slice.done) break;
    }
    return removed;
  }

  #slice(
    namespace: string,
    table: number,
    before: Date,
    limit: number,
  ): { removed: number; done: boolean } {
    const collection = this.store.catalog.find(namespace);
    const index = collection?.indexes.find((other) => other.table === table);
    if (collection === undefined || index === undefined) return { removed: 0, done: true };
    const until = performance.now() + sliceMs;
    const due: Buffer[] = [];
    for (const { key, value } of this.store.space.walk(dueRange(index, before))) {
      due.push(entryIdKey(key, value));
      if (due.length >= Math.min(limit, 100)) break;
    }
    let removed = 0;
    for (const idKey of due) {
      const bytes = this.store.space.get(tableKey(collection.table, idKey));
      if (bytes === undefined) continue;
      this.store.documents.remove(collection, idKey, parseDoc(bytes), bytes.length);
      removed += 1;
      if (performance.now() > until) return { removed, done: false };
    }
    return { removed, done: due.length === 0 };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }
}

/** The index keys of dates up to `before`. An array of dates expires with its earliest, as in MongoDB. */
function dueRange(index: Index, before: Date): KeyRange {
  const [field] = index.spec.key;
  const direction = field?.[1] ?? 1;
  const low = encodeWhole([earliest], [direction]);
  const high = encodeWhole([before], [direction]);
  return direction === 1
    ? { from: tableKey(index.table, low), to: tableKey(index.table, high) }
    : { from: tableKey(index.table, high), to: tableKey(index.table, low) };
}
