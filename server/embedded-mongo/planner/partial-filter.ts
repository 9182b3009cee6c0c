import { equalValues } from "../bson/compare.js";
import type { FilterNode } from "../query/filter-node.js";
import { boundsOf } from "./intervals.js";

/**
 * Whether documents that satisfy all predicates are certain to satisfy the filter of a partial index.
 * When in doubt, no: the index is not used, and nothing is missed.
 */
export function implies(predicates: readonly FilterNode[], required: FilterNode): boolean {
  switch (required.op) {
    case "and":
      return required.children.every((child) => implies(predicates, child));
    case "or":
      return required.children.some((child) => implies(predicates, child));
    case "exists":
      return (
        required.value && predicates.some((predicate) => provesExistence(predicate, required.path))
      );
    case "cmp":
    case "in":
      return predicates.some((predicate) => isWithin(predicate, required));
    default:
      return false;
  }
}

function provesExistence(predicate: FilterNode, path: string): boolean {
  if (!("path" in predicate) || predicate.path !== path) return false;
  if (predicate.op === "exists") return predicate.value;
  const bounds = boundsOf(predicate);
  return bounds !== undefined && !bounds.matchesMissing;
}

function isWithin(predicate: FilterNode, required: FilterNode): boolean {
  if (!("path" in predicate) || !("path" in required) || predicate.path !== required.path)
    return false;
  if (predicate.op === "cmp" && required.op === "cmp" && predicate.cmp === required.cmp)
    if (equalValues(predicate.value, required.value)) return true;
  const inner = boundsOf(predicate);
  const outer = boundsOf(required);
  if (inner === undefined || outer === undefined || outer.exact === "no") return false;
  return inner.intervals.every((part) =>
    outer.intervals.some(
      (whole) => whole.from.compare(part.from) <= 0 && part.to.compare(whole.to) <= 0,
    ),
  );
}
