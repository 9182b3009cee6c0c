import { Timestamp } from "bson";
import { identicalValues } from "../bson/compare.js";
import { describeValue } from "../bson/describe-value.js";
import { cloneDoc, type Doc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import type { Update } from "./compile-update.js";
import { currentTimestamp } from "./field-modifiers.js";

/** A replacement keeps the `_id`; one of its own has to be the same (66, ImmutableField). */
export function compileReplacement(replacement: Doc): Update {
  for (const name of replacement.keys())
    if (name.startsWith("$"))
      throw mongoError(
        52,
        `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an ` +
          "update's replacement document. Consider using an aggregation pipeline with $replaceWith.",
      );
  return {
    isReplacement: true,
    apply: (before, _positional, onInsert = false) => {
      const doc = replaceDocument(before, replacement);
      return { doc, changed: onInsert || !identicalValues(before, doc) };
    },
  };
}

/** The new document with the old one's `_id` in front. Throws 66 where it has another one. */
export function replaceDocument(before: Doc, replacement: Doc): Doc {
  const id = before.get("_id");
  const given = replacement.get("_id");
  if (id !== undefined && given !== undefined && !identicalValues(id, given))
    throw mongoError(
      66,
      "After applying the update, the (immutable) field '_id' was found to have been altered to " +
        `_id: ${describeValue(given)}`,
    );
  const doc: Doc = new Map();
  const kept = given === undefined ? id : given;
  if (kept !== undefined) doc.set("_id", kept);
  for (const [name, value] of cloneDoc(replacement)) if (name !== "_id") doc.set(name, value);
  return fillTimestamps(doc);
}

/** MongoDB fills empty timestamps at the top of a document that it stores. Changes `doc` in place. */
export function fillTimestamps(doc: Doc): Doc {
  for (const [name, value] of doc)
    if (value instanceof Timestamp && name !== "_id" && value.t === 0 && value.i === 0)
      doc.set(name, currentTimestamp());
  return doc;
}
