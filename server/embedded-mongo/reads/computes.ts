import { isDoc, type Doc, type Value } from "../bson/value.js";

/** Projection operators that only pick: what they cost is bounded by the document. */
const picking = new Set(["$slice", "$elemMatch", "$meta"]);

/** Whether a filter or projection computes expressions, whose cost nobody knows beforehand. */
export function computes(filter: Doc | undefined, projection: Doc | undefined): boolean {
  return (
    (filter !== undefined && usesExpr(filter)) ||
    (projection !== undefined && [...projection.values()].some(isExpression))
  );
}

function usesExpr(value: Value): boolean {
  if (Array.isArray(value)) return value.some(usesExpr);
  if (!isDoc(value)) return false;
  for (const [name, field] of value) if (name === "$expr" || usesExpr(field)) return true;
  return false;
}

function isExpression(value: Value): boolean {
  if (typeof value === "string" || Array.isArray(value)) return true;
  if (!isDoc(value)) return false;
  const [first] = value.keys();
  if (first?.startsWith("$") === true) return !picking.has(first);
  return [...value.values()].some(isExpression);
}
