import type { Store } from "../storage/store.js";
import { matches, planQuery, type Query } from "./query.js";
import { Scan } from "./scan.js";
import { Turn } from "./turn.js";

/** How many documents the query gives, skip and limit applied. An index that answers it alone is only counted. */
export function countMatches(
  store: Pick<Store, "space" | "catalog">,
  query: Query,
  deadline: number | undefined,
): number {
  const { space, catalog } = store;
  const plan = planQuery(space, { ...query, sort: new Map() });
  const enough = query.limit === 0 ? Infinity : query.limit + query.skip;
  let found = 0;
  if (plan.kind === "index" && !plan.bounded && plan.exact) {
    found = catalog.size(query.collection).count;
  } else if (plan.kind === "index" && plan.exact) {
    for (const range of plan.ranges) {
      found += space.count(range);
      if (found >= enough) break;
    }
  } else {
    const turn = new Turn();
    turn.start(deadline);
    const matching = matches(new Scan(space, plan), query.filter, turn);
    while (found < enough && matching.next().done !== true) found += 1;
    matching.return(undefined);
  }
  return Math.max(Math.min(found, enough) - query.skip, 0);
}
