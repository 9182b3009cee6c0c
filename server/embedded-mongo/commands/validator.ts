import { expressionOptions } from "../aggregate/compile-expression.js";
import { approximateSize } from "../aggregate/memory-meter.js";
import { boundExpressions } from "../aggregate/time-bound.js";
import { docOf } from "../bson/from-js.js";
import { isDoc, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { compileFilter } from "../query/compile-filter.js";
import { describeMismatch } from "../query/describe-mismatch.js";
import { namespaceOf, type Collection } from "../storage/collection.js";
import type { Arguments } from "./arguments.js";
import type { ServerContext } from "./command.js";

/** The options of a collection that say what its documents must look like. */
export const validationOptions = ["validator", "validationLevel", "validationAction"] as const;

const levels = ["off", "strict", "moderate"];
const actions = ["error", "warn"];
const withoutValidators = new Set(["admin", "local", "config"]);
/** What an error may say about a document before it only says that it failed. */
const longestDetails = 1024 * 1024;

/** The validation options of `create` or `collMod`, checked, as they are stored. */
export function parseValidation(args: Arguments, database: string): Doc {
  const options: Doc = new Map();
  const validator = args.doc("validator");
  if (validator !== undefined) {
    if (withoutValidators.has(database))
      throw mongoError(
        72,
        `Document validators are not allowed on collections in the ${database} database`,
      );
    compileFilter(validator, expressionOptions());
    options.set("validator", validator);
  }
  for (const [name, known] of [
    ["validationLevel", levels],
    ["validationAction", actions],
  ] as const) {
    const value = args.text(name);
    if (value === undefined) continue;
    if (!known.includes(value))
      throw mongoError(
        2,
        `Enumeration value '${value}' for field '${args.name}.${name}' is not a valid value.`,
      );
    options.set(name, value);
  }
  return options;
}

/** Compiled validators, by the options of the collection that has them. */
const compiled = new WeakMap<Doc, (doc: Doc) => boolean>();

function testOf(options: Doc, validator: Doc): (doc: Doc) => boolean {
  const known = compiled.get(options);
  if (known !== undefined) return known;
  const filter = compileFilter(validator, expressionOptions());
  const test = (doc: Doc): boolean => boundExpressions(() => filter.matches(doc));
  // $$NOW stands for the time of the write, so that what it is compiled into cannot be kept
  if (!mentionsNow(validator)) compiled.set(options, test);
  return test;
}

function mentionsNow(value: Value): boolean {
  if (typeof value === "string") return value.startsWith("$$NOW");
  if (Array.isArray(value)) return value.some(mentionsNow);
  return isDoc(value) && [...value.values()].some(mentionsNow);
}

/**
 * Checks a document that is about to be stored against its collection's validator; `before` is what it
 * replaces. Throws 121 with `errInfo`, or only logs it, as the collection says.
 */
export function checkValidator(
  context: ServerContext,
  collection: Collection,
  before: Doc | undefined,
  after: Doc,
): void {
  const { options } = collection;
  const validator = options.get("validator");
  if (!isDoc(validator) || validator.size === 0) return;
  const level = options.get("validationLevel") ?? "strict";
  if (level === "off") return;
  const test = testOf(options, validator);
  if (test(after)) return;
  if (level === "moderate" && before !== undefined && !test(before)) return;
  const id = after.get("_id") ?? null;
  if (options.get("validationAction") === "warn") {
    context.log("warn", "a document was stored that its collection's validator does not accept", {
      namespace: namespaceOf(collection),
    });
    return;
  }
  const details = describeMismatch(validator, after, expressionOptions());
  throw mongoError(
    121,
    "Document failed validation",
    docOf({
      errInfo: {
        failingDocumentId: id,
        details:
          approximateSize(details) > longestDetails
            ? { reason: "too long to be shown: the document is large" }
            : details,
      },
    }),
  );
}
