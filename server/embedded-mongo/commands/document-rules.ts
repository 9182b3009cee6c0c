import { isDoc, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";

/** How deep a stored document may be nested, itself included, as in MongoDB. */
const maxDepth = 100;

function exceeds(value: Value, depth: number): boolean {
  if (isDoc(value)) {
    if (depth > maxDepth) return true;
    for (const field of value.values()) if (exceeds(field, depth + 1)) return true;
    return false;
  }
  if (!Array.isArray(value)) return false;
  return depth > maxDepth || value.some((item) => exceeds(item, depth + 1));
}

/** Refuses a document nested deeper than MongoDB stores (code 15). */
export function checkDepth(doc: Doc): void {
  if (exceeds(doc, 1))
    throw mongoError(15, `Document exceeds the maximum nested object depth of ${maxDepth}`);
}
