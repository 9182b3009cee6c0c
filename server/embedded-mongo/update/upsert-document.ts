import { BSONRegExp } from "bson";
import { identicalValues } from "../bson/compare.js";
import { describeValue } from "../bson/describe-value.js";
import type { Doc, Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { applyModifier } from "./apply-modifier.js";
import type { Update } from "./compile-update.js";
import { setModifier } from "./field-modifiers.js";
import { parseUpdatePath } from "./update-path.js";

/**
 * The document that an upsert inserts when nothing matches: what the filter says its fields equal,
 * then the update. `_id` comes first if there is one; the caller makes it otherwise. Throws 54
 * (NotSingleValueField) when the filter sets a path twice, 66 when the update changes its `_id`.
 */
export function upsertDoc(filter: Doc, update: Update): Doc {
  const equalities = new Map<string, Value>();
  collectEqualities(filter, equalities);
  const id = equalities.get("_id");
  let base: Doc = new Map();
  if (update.isReplacement) {
    if (id !== undefined) base.set("_id", id);
  } else base = documentOf(equalities);
  const { doc } = update.apply(base, undefined, true);
  const after = doc.get("_id");
  if (id !== undefined && (after === undefined || !identicalValues(id, after)))
    throw mongoError(
      66,
      "Performing an update on the path '_id' would modify the immutable field '_id'",
    );
  if (after === undefined || doc.keys().next().value === "_id") return doc;
  const ordered: Doc = new Map([["_id", after]]);
  for (const [name, value] of doc) if (name !== "_id") ordered.set(name, value);
  return ordered;
}

function documentOf(equalities: ReadonlyMap<string, Value>): Doc {
  const doc: Doc = new Map();
  const state = { id: "", position: undefined, filters: new Map(), conflicts: undefined };
  const paths = [...equalities.keys()].sort();
  for (const path of paths) {
    const parts = path.split(".");
    for (let i = 1; i < parts.length; i++) {
      const shorter = parts.slice(0, i).join(".");
      if (equalities.has(shorter))
        throw mongoError(
          54,
          `cannot infer query fields to set, both paths '${path}' and '${shorter}' are matched`,
        );
    }
    applyModifier(doc, parseUpdatePath(path), setModifier(equalities.get(path) ?? null), state);
  }
  return doc;
}

function collectEqualities(filter: Doc, found: Map<string, Value>): void {
  for (const [name, value] of filter) {
    if (name === "$and" || (name === "$or" && Array.isArray(value) && value.length === 1)) {
      if (Array.isArray(value))
        for (const branch of value) if (branch instanceof Map) collectEqualities(branch, found);
    } else if (!name.startsWith("$")) collectField(name, value, found);
  }
}

function collectField(path: string, value: Value, found: Map<string, Value>): void {
  const [operator] = value instanceof Map ? value.keys() : [];
  if (!(value instanceof Map) || operator?.startsWith("$") !== true || operator === "$ref") {
    if (!(value instanceof BSONRegExp)) addEquality(path, value, found);
    return;
  }
  for (const [name, operand] of value) {
    if (name === "$eq") addEquality(path, operand, found);
    const single = Array.isArray(operand) && operand.length === 1 ? operand[0] : undefined;
    if ((name === "$in" || name === "$all") && single !== undefined)
      if (!(single instanceof BSONRegExp) && !isOperator(single)) addEquality(path, single, found);
  }
}

function isOperator(value: Value): boolean {
  return value instanceof Map && value.keys().next().value?.startsWith("$") === true;
}

function addEquality(path: string, value: Value, found: Map<string, Value>): void {
  const before = found.get(path);
  if (before !== undefined)
    throw mongoError(
      54,
      `cannot infer query fields to set, path '${path}' is matched twice (${describeValue(before)})`,
    );
  found.set(path, value);
}
