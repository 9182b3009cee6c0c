import { MAX_KEY_BYTES } from "../index-keys/encode-key.js";
import type { FilterNode } from "../query/filter-node.js";
import type { Collection, Index } from "../storage/collection.js";
import { afterPrefix, tableKey, tableRange, type KeyRange } from "../storage/table-keys.js";
import { boundsOf, intersect, inverted, type FieldBounds, type Interval } from "./intervals.js";
import { isUsable, type IndexPlan } from "./plan.js";
import { implies } from "./partial-filter.js";

export type SortFields = readonly (readonly [path: string, direction: 1 | -1])[];

/** How many ranges the combinations of `$in` may grow to before the rest is left to the filter. */
const maxRanges = 2_000;
/** Where encoded keys are cut: bounds beyond are loosened to what is certain. */
const certainBytes = MAX_KEY_BYTES - 32;

type Pattern = readonly (readonly [path: string, direction: 1 | -1])[];

const idKey: Pattern = [["_id", 1]];

/** One field of an index with what the filter asks of it. */
interface BoundField {
  readonly intervals: readonly Interval[];
  readonly exact: boolean;
  readonly single: boolean;
}

/**
 * The plan that an index offers for a conjunction of predicates and a sort; undefined when it offers
 * nothing, or might miss documents. `forced` (a hint) takes it even without bounds.
 */
export function planIndex(
  collection: Collection,
  index: Index | undefined,
  predicates: readonly FilterNode[],
  sort: SortFields,
  forced: boolean,
): IndexPlan | undefined {
  const pattern = index?.spec.key ?? idKey;
  const multikey = index?.multikey ?? false;
  const truncated = index === undefined ? collection.cutIds : index.truncated;
  if (index !== undefined && !isUsable(index)) return undefined;
  if (index?.spec.partial !== undefined && !implies(predicates, index.spec.partial.node))
    return undefined;

  const used = new Set<FilterNode>();
  const fields: BoundField[] = [];
  const roots = new Set<string>();
  let combinations = 1;
  let excludesMissing = false;
  for (const [path, direction] of pattern) {
    const root = path.split(".")[0] ?? path;
    if (multikey && roots.has(root)) break;
    const bounds = fieldBounds(predicates, path, multikey, used);
    if (bounds === undefined) break;
    if (fields.length > 0 && combinations * bounds.intervals.length > maxRanges) break;
    if (!bounds.matchesMissing) excludesMissing = true;
    roots.add(root);
    combinations *= bounds.intervals.length;
    fields.push({
      intervals: direction === 1 ? bounds.intervals : bounds.intervals.map(inverted).reverse(),
      exact: bounds.exact === "yes",
      single: bounds.intervals.length === 1 && bounds.intervals[0]?.point === true,
    });
    if (!bounds.intervals.every((interval) => interval.point)) break;
  }
  if (index?.spec.sparse === true && !excludesMissing && !forced) return undefined;

  const table = index?.table ?? collection.table;
  const { ranges, loosened } = rangesOf(table, fields);
  const order = sortDirection(pattern, fields, sort);
  const sortedByWalk =
    sort.length === 0 ||
    (order !== undefined && !truncated && !(multikey && boundsSortField(pattern, fields, sort)));
  const points = fields.filter((field) => field.single).length;
  const bounded = fields.length > 0;
  if (!bounded && !forced && !(sort.length > 0 && sortedByWalk)) return undefined;
  return {
    kind: "index",
    collection,
    index,
    ranges,
    reverse: sort.length > 0 && sortedByWalk && order === -1,
    sorted: sortedByWalk,
    exact:
      !loosened &&
      !multikey &&
      !truncated &&
      fields.every((field) => field.exact) &&
      predicates.every((predicate) => used.has(predicate)),
    bounded: bounded || forced,
    points,
  };
}

/** What all predicates on a path ask together; on a multikey index, the narrowest one alone. */
function fieldBounds(
  predicates: readonly FilterNode[],
  path: string,
  multikey: boolean,
  used: Set<FilterNode>,
): FieldBounds | undefined {
  let all: FieldBounds | undefined;
  for (const predicate of predicates) {
    if (!("path" in predicate) || predicate.path !== path) continue;
    const bounds = boundsOf(predicate);
    if (bounds === undefined) continue;
    used.add(predicate);
    if (all === undefined) all = bounds;
    else if (!multikey)
      all = {
        intervals: intersect(all.intervals, bounds.intervals),
        exact: exactTogether(all.exact, bounds.exact),
        matchesMissing: all.matchesMissing && bounds.matchesMissing,
      };
    else if (narrower(bounds, all)) all = bounds;
  }
  return all;
}

/** An upper bound on numbers admits NaN; a lower one beside it does not. */
function exactTogether(a: FieldBounds["exact"], b: FieldBounds["exact"]): FieldBounds["exact"] {
  if (a === "no" || b === "no") return "no";
  return a === "yes" || b === "yes" ? "yes" : "but for NaN";
}

function narrower(a: FieldBounds, b: FieldBounds): boolean {
  const points = (bounds: FieldBounds): number =>
    bounds.intervals.every((interval) => interval.point) ? bounds.intervals.length : Infinity;
  return points(a) < points(b);
}

function rangesOf(
  table: number,
  fields: readonly BoundField[],
): { ranges: KeyRange[]; loosened: boolean } {
  if (fields.length === 0) return { ranges: [tableRange(table)], loosened: false };
  let loosened = false;
  let prefixes: Interval[] = [{ from: Buffer.alloc(0), to: Buffer.alloc(0), point: true }];
  for (const { intervals } of fields)
    prefixes = prefixes.flatMap((prefix) =>
      intervals.map((interval) => ({
        from: Buffer.concat([prefix.from, interval.from]),
        to: Buffer.concat([prefix.from, interval.to]),
        point: interval.point,
      })),
    );
  const ranges = prefixes.map(({ from, to }) => {
    if (from.length < certainBytes && to.length < certainBytes)
      return { from: tableKey(table, from), to: tableKey(table, to) };
    loosened = true;
    const low = from.subarray(0, certainBytes);
    const high = to.length <= certainBytes ? to : afterPrefix(to.subarray(0, certainBytes));
    return { from: tableKey(table, low), to: tableKey(table, high) };
  });
  return { ranges: mergeOverlaps(ranges), loosened };
}

/** Loosened ranges may come to overlap; entries must not be seen twice. */
function mergeOverlaps(ranges: readonly KeyRange[]): KeyRange[] {
  const sorted = [...ranges].sort((a, b) => a.from.compare(b.from));
  const merged: KeyRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last === undefined || last.to.compare(range.from) <= 0) merged.push(range);
    else if (range.to.compare(last.to) > 0)
      merged[merged.length - 1] = { from: last.from, to: range.to };
  }
  return merged;
}

/** 1 when walking the index forwards gives the sort, -1 backwards, undefined when neither does. */
function sortDirection(
  pattern: Pattern,
  fields: readonly BoundField[],
  sort: SortFields,
): 1 | -1 | undefined {
  // entries with the same index key follow in the order of _id
  const walked: Pattern = pattern.some(([path]) => path === "_id")
    ? pattern
    : [...pattern, ["_id", 1]];
  const isFixed = (position: number): boolean => fields[position]?.single === true;
  const fixedPaths = new Set(
    walked.filter((_, position) => isFixed(position)).map(([path]) => path),
  );
  let direction: 1 | -1 | undefined;
  let at = 0;
  for (const [path, wanted] of sort) {
    if (fixedPaths.has(path)) continue;
    while (isFixed(at)) at += 1;
    const field = walked[at];
    if (field?.[0] !== path) return undefined;
    const needed = field[1] === wanted ? 1 : -1;
    if (direction !== undefined && direction !== needed) return undefined;
    direction = needed;
    if (path === "_id") return direction;
    at += 1;
  }
  return direction ?? 1;
}

function boundsSortField(
  pattern: Pattern,
  fields: readonly BoundField[],
  sort: SortFields,
): boolean {
  const bounded = new Set(pattern.slice(0, fields.length).map(([path]) => path));
  return sort.some(([path]) => bounded.has(path));
}
