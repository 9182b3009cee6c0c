import { parseDoc } from "../bson/parse-bson.js";
import { compileSorter } from "../query/sort.js";
import type { Store } from "../storage/store.js";
import { tableKey } from "../storage/table-keys.js";
import { matches, planQuery, type Match, type Query } from "./query.js";
import type { Plan } from "./plan.js";
import { Scan } from "./scan.js";
import { TooSlow, Turn } from "./turn.js";

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

/** More than this is not gathered inside one unit. */
const fewMatches = 200;

/** All matches; run inside a write unit. Throws TooSlow where they are many or take long to find. */
export function quickMatches(store: Store, query: Query, plan: Plan, turn: Turn): Match[] {
  const found: Match[] = [];
  for (const match of matches(new Scan(store.space, plan), query.filter, turn)) {
    if (match === undefined || found.length >= fewMatches) throw new TooSlow();
    found.push(match);
  }
  return found;
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
