import { Binary, BSONRegExp, ObjectId, Timestamp } from "bson";
import { isNumber, undefinedValue, type Value } from "../bson/value.js";
import { encodeWhole, typeBracket } from "../index-keys/encode-key.js";
import type { FilterNode } from "../query/filter-node.js";
import { afterPrefix } from "../storage/table-keys.js";

/** Encoded values of one field from `from` (inclusive) to `to` (exclusive), in ascending byte order. */
export interface Interval {
  readonly from: Buffer;
  readonly to: Buffer;
  /** All values of the interval are equal to one another. */
  readonly point: boolean;
}

/** What one predicate asks of a field, as intervals of its encoded value. */
export interface FieldBounds {
  readonly intervals: readonly Interval[];
  /** Whether the intervals hold exactly the values that match, or that and NaN, or only some that do. */
  readonly exact: "yes" | "but for NaN" | "no";
  /** Whether a document without the field can match: a sparse index would miss it. */
  readonly matchesMissing: boolean;
}

/** Types whose comparison with `$gt` and the like stays within the type, and which arrays do not disturb. */
function isScalar(value: Value): boolean {
  return (
    typeof value === "string" ||
    typeof value === "boolean" ||
    isNumber(value) ||
    value instanceof ObjectId ||
    value instanceof Date ||
    value instanceof Timestamp ||
    value instanceof Binary
  );
}

function isNaNValue(value: Value): boolean {
  return isNumber(value) && Number.isNaN(Number(value.toString()));
}

function point(value: Value): Interval {
  const from = encodeWhole([value], [1]);
  return { from, to: afterPrefix(from), point: true };
}

const nullPoints = [point(undefinedValue), point(null)];

function pointsOf(value: Value): readonly Interval[] | undefined {
  if (value === null) return nullPoints;
  if (isScalar(value)) return [point(value)];
  return undefined;
}

function bracket(value: Value): { low: Buffer; high: Buffer } {
  const { from, to } = typeBracket(value);
  return { low: Buffer.from([from]), high: Buffer.from([to]) };
}

function comparisonBounds(cmp: string, value: Value): FieldBounds | undefined {
  if (cmp === "$eq") {
    const intervals = pointsOf(value);
    return (
      intervals && {
        intervals,
        exact: value === null ? "no" : "yes",
        matchesMissing: value === null,
      }
    );
  }
  if (!isScalar(value) || isNaNValue(value)) return undefined;
  const { from, to } = point(value);
  const { low, high } = bracket(value);
  const interval = {
    $gt: { from: to, to: high },
    $gte: { from, to: high },
    $lt: { from: low, to: from },
    $lte: { from: low, to },
  }[cmp];
  if (interval === undefined) return undefined;
  // NaN sorts below every number but is not less than any of them
  const exact = isNumber(value) && cmp.startsWith("$lt") ? "but for NaN" : "yes";
  return { intervals: [{ ...interval, point: false }], exact, matchesMissing: false };
}

function regexBounds(prefix: string): FieldBounds {
  const terminated = encodeWhole([prefix], [1]);
  const from = terminated.subarray(0, terminated.length - 2);
  const stored = bracket(new BSONRegExp("", ""));
  return {
    intervals: [
      { from, to: afterPrefix(from), point: false },
      { from: stored.low, to: stored.high, point: false },
    ],
    exact: "no",
    matchesMissing: false,
  };
}

/** The bounds that a predicate on a field sets, or undefined when an index is no help with it. */
export function boundsOf(node: FilterNode): FieldBounds | undefined {
  switch (node.op) {
    case "cmp":
      return comparisonBounds(node.cmp, node.value);
    case "in": {
      const intervals: Interval[] = [];
      for (const value of node.values) {
        const points = pointsOf(value);
        if (points === undefined) return undefined;
        intervals.push(...points);
      }
      const missing = node.values.includes(null);
      return {
        intervals: sortedUnion(intervals),
        exact: missing ? "no" : "yes",
        matchesMissing: missing,
      };
    }
    case "regex":
      return node.prefix === undefined || node.prefix === "" ? undefined : regexBounds(node.prefix);
    default:
      return undefined;
  }
}

/** Sorted, without overlaps. */
function sortedUnion(intervals: readonly Interval[]): Interval[] {
  const sorted = [...intervals].sort((a, b) => a.from.compare(b.from));
  const union: Interval[] = [];
  for (const interval of sorted) {
    const last = union.at(-1);
    if (last === undefined || last.to.compare(interval.from) <= 0) union.push(interval);
    else if (interval.to.compare(last.to) > 0)
      union[union.length - 1] = { ...last, to: interval.to, point: false };
  }
  return union;
}

/** What lies in both. */
export function intersect(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const both: Interval[] = [];
  for (const one of a)
    for (const other of b) {
      const from = one.from.compare(other.from) >= 0 ? one.from : other.from;
      const to = one.to.compare(other.to) <= 0 ? one.to : other.to;
      if (from.compare(to) < 0) both.push({ from, to, point: one.point || other.point });
    }
  return both;
}

/** The same values in an index field of direction -1, whose bytes are inverted. */
export function inverted(interval: Interval): Interval {
  return {
    from: afterPrefix(flipped(interval.to)),
    to: afterPrefix(flipped(interval.from)),
    point: interval.point,
  };
}

function flipped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => 255 - byte));
}
