import type { Doc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import type { Filter, FilterNode } from "../query/filter-node.js";
import { namespaceOf, type Collection } from "../storage/collection.js";
import type { KeySpace } from "../storage/key-space.js";
import { tableRange } from "../storage/table-keys.js";
import { compareValues } from "../bson/compare.js";
import { numberOf } from "../bson/plain-number.js";
import { planIndex, type SortFields } from "./index-plan.js";
import { isUsable, type IndexPlan, type Plan } from "./plan.js";

/** An index by name or key pattern, or the collection itself in either direction. */
export type Hint = string | Doc;

export interface PlanRequest {
  readonly collection: Collection;
  readonly filter: Filter;
  readonly sort: SortFields;
  readonly hint: Hint | undefined;
  /** With a limit, an index that gives the order is worth more. */
  readonly limited: boolean;
}

/** How many entries of each candidate are counted before they are called equally good. */
const trialEntries = 200;

/** Picks the way to the documents. The result always reaches every match. */
export function choosePlan(space: KeySpace, request: PlanRequest): Plan {
  const { collection, filter, sort, hint } = request;
  const predicates = conjunction(filter.node);
  if (hint !== undefined) return hintedPlan(request, predicates, hint);
  const candidates: IndexPlan[] = [];
  for (const index of [undefined, ...collection.indexes]) {
    const plan = planIndex(collection, index, predicates, sort, false);
    if (plan !== undefined) candidates.push(plan);
  }
  const bounded = candidates.filter((plan) => plan.bounded);
  if (bounded.length === 0) {
    const union = unionPlan(collection, predicates);
    if (union !== undefined) return union;
  }
  return (
    cheapest(space, candidates, request) ??
    wholeCollection(collection, sort, predicates.length === 0)
  );
}

/** The parts of the filter that all have to hold. */
function conjunction(node: FilterNode): FilterNode[] {
  return node.op === "and" ? node.children.flatMap(conjunction) : [node];
}

function wholeCollection(
  collection: Collection,
  sort: SortFields,
  exact: boolean,
  reverse = false,
): IndexPlan {
  return {
    kind: "index",
    collection,
    index: undefined,
    ranges: [tableRange(collection.table)],
    reverse,
    sorted: sort.length === 0,
    exact,
    bounded: false,
    points: 0,
  };
}

function unionPlan(collection: Collection, predicates: readonly FilterNode[]): Plan | undefined {
  for (const predicate of predicates) {
    if (predicate.op !== "or") continue;
    const others = predicates.filter((other) => other !== predicate);
    const branches: IndexPlan[] = [];
    for (const child of predicate.children) {
      const plan = bestBranch(collection, [...conjunction(child), ...others]);
      if (plan === undefined) break;
      branches.push(plan);
    }
    if (branches.length === predicate.children.length)
      return { kind: "union", collection, branches, sorted: false, exact: false, bounded: true };
  }
  return undefined;
}

function bestBranch(
  collection: Collection,
  predicates: readonly FilterNode[],
): IndexPlan | undefined {
  let best: IndexPlan | undefined;
  for (const index of [undefined, ...collection.indexes]) {
    const plan = planIndex(collection, index, predicates, [], false);
    if (plan?.bounded === true && (best === undefined || plan.points > best.points)) best = plan;
  }
  return best;
}

function cheapest(
  space: KeySpace,
  plans: readonly IndexPlan[],
  request: PlanRequest,
): IndexPlan | undefined {
  const [first, second] = plans;
  if (second === undefined) return first;
  // bounds that answer the whole filter, in the order wanted: it reads only what it returns
  const clear = plans.find((plan) => plan.bounded && plan.exact && plan.sorted);
  if (clear !== undefined) return clear;
  let best: { plan: IndexPlan; cost: number } | undefined;
  for (const plan of plans) {
    const cost = costOf(space, plan, request);
    if (best === undefined || cost < best.cost) best = { plan, cost };
  }
  return best?.plan;
}

/**
 * Entries counted up to a bound, plus what a sort costs. Where both a bounded and a merely ordered walk
 * offer themselves, the ordered one is taken when the bounds leave more than can be sorted at no cost.
 */
function costOf(space: KeySpace, plan: IndexPlan, { sort, limited }: PlanRequest): number {
  const wantsSort = sort.length > 0;
  if (!plan.bounded) return limited ? trialEntries * 1.5 : trialEntries * 2.5;
  let entries = 0;
  for (const range of plan.ranges) {
    const walk = space.walk(range);
    while (entries < trialEntries && walk.next().done !== true) entries += 1;
    walk.return(undefined);
    if (entries >= trialEntries) break;
  }
  const sortCost = wantsSort && !plan.sorted ? entries : 0;
  return entries + sortCost - plan.points / 10 - (plan.exact ? 0.05 : 0);
}

function hintedPlan(request: PlanRequest, predicates: readonly FilterNode[], hint: Hint): Plan {
  const { collection, sort } = request;
  if (typeof hint !== "string") {
    const natural = hint.get("$natural");
    if (natural !== undefined)
      return wholeCollection(
        collection,
        sort,
        predicates.length === 0,
        (numberOf(natural) ?? 1) < 0,
      );
  }
  const index = indexByHint(collection, hint);
  const plan = planIndex(collection, index === "_id_" ? undefined : index, predicates, sort, true);
  if (plan === undefined)
    throw mongoError(
      291,
      `error processing query: ns=${namespaceOf(collection)} planner returned error :: caused by :: ` +
        `No query solutions: the hinted index does not hold every document that may match`,
    );
  return plan;
}

function indexByHint(collection: Collection, hint: Hint): Collection["indexes"][number] | "_id_" {
  const found = collection.indexes.find((index) => {
    if (!isUsable(index)) return false;
    if (typeof hint === "string") return index.spec.name === hint;
    const key = index.definition.get("key");
    return key !== undefined && compareValues(key, hint) === 0;
  });
  if (found !== undefined) return found;
  const isId =
    typeof hint === "string" ? hint === "_id_" : hint.size === 1 && numberOf(hint.get("_id")) === 1;
  if (isId) return "_id_";
  throw mongoError(
    2,
    `error processing query: ns=${namespaceOf(collection)} planner returned error :: caused by :: ` +
      `hint provided does not correspond to an existing index`,
  );
}
