import { parseDoc } from "../bson/parse-bson.js";
import { compileSorter } from "../query/sort.js";
import type { Store } from "../storage/store.js";
import { tableKey } from "../storage/table-keys.js";
import { matches, planQuery, type Match, type Query } from "./query.js";
import type { Plan } from "./plan.js";
import { Scan } from "./scan.js";
import { Turn } from "./turn.js";

/** The first match in the order of the query's sort; run inside a write unit, so it is true when written. */
export function firstMatch(
  store: Store,
  query: Query,
  plan: Plan = planQuery(store.space, query),
  turn = new Turn(),
): Match | undefined {
  const scan = new Scan(store.space, plan);
  if (plan.sorted) {
    for (const match of matches(scan, query.filter, turn)) if (match !== undefined) return match;
    return undefined;
  }
  const sorter = compileSorter(query.sort);
  let best: { match: Match; key: ReturnType<typeof sorter.key> } | undefined;
  for (const match of matches(scan, query.filter, turn)) {
    if (match === undefined) continue;
    const key = sorter.key(match.doc());
    if (best === undefined || sorter.compare(key, best.key) < 0) best = { match, key };
  }
  return best?.match;
}

/**
 * The `_id` keys of all matches, gathered before anything is changed, so that no document is met twice.
 * Other work goes on between slices; a writer must match again.
 */
export async function allMatches(
  store: Store,
  query: Query,
  deadline: number | undefined,
): Promise<Buffer[]> {
  const turn = new Turn();
  turn.start(deadline);
  const keys: Buffer[] = [];
  for (const match of matches(
    new Scan(store.space, planQuery(store.space, query)),
    query.filter,
    turn,
  )) {
    if (match === undefined) {
      await new Promise(setImmediate);
      turn.resume();
    } else keys.push(Buffer.from(match.idKey));
  }
  return keys;
}

/** The document behind a gathered key, if it still matches. */
export function stillMatches(store: Store, query: Query, idKey: Buffer): Match | undefined {
  const collection = store.catalog.find(`${query.collection.database}.${query.collection.name}`);
  if (collection?.table !== query.collection.table) return undefined;
  const bytes = store.space.get(tableKey(collection.table, idKey));
  if (bytes === undefined) return undefined;
  const doc = parseDoc(bytes);
  return query.filter.matches(doc) ? { idKey, bytes, doc: () => doc } : undefined;
}
