import { commandVariables, expressionOptions } from "../aggregate/compile-expression.js";
import { isDoc, type Doc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import type { Hint } from "../planner/choose-plan.js";
import type { Query } from "../planner/query.js";
import { compileFilter } from "../query/compile-filter.js";
import { compileProjection } from "../query/project.js";
import type { Collection } from "../storage/collection.js";
import { computes } from "./computes.js";
import { noFields, type Arguments } from "../commands/arguments.js";

/** A query without its collection: compiled also where there is none, so that errors are the same. */
export function parseQuery(args: Arguments, filterField: string): Omit<Query, "collection"> {
  refuseCollation(args);
  const expressions = expressionOptions(commandVariables(args.doc("let")));
  const filter = compileFilter(args.doc(filterField) ?? noFields, expressions);
  const projection = args.doc("projection");
  if (projection !== undefined && projection.size > 0)
    compileProjection(projection, filter, expressions);
  return {
    filter,
    sort: args.doc("sort") ?? noFields,
    projection,
    skip: args.count("skip") ?? 0,
    limit: Math.abs(args.integer("limit") ?? 0),
    hint: hintOf(args),
    expressions,
    computes: computes(args.doc(filterField), projection),
  };
}

/** The query on its collection; undefined where that does not exist and nothing can match. */
export function onCollection(
  query: Omit<Query, "collection">,
  collection: Collection | undefined,
): Query | undefined {
  return collection && { ...query, collection };
}

/** A hint is an index name or a key pattern. */
export function hintOf(args: Arguments): Hint | undefined {
  const hint = args.raw("hint");
  if (hint === undefined || hint === null) return undefined;
  if (typeof hint === "string") return hint;
  if (isDoc(hint)) return hint.size === 0 ? undefined : hint;
  throw mongoError(9, "Hint must be a string or an object");
}

/** Only the simple collation is kept here: any other would need its own comparison everywhere. */
export function refuseCollation(args: Arguments): void {
  const collation: Doc | undefined = args.doc("collation");
  if (collation === undefined || collation.size === 0 || collation.get("locale") === "simple")
    return;
  throw mongoError(2, `collation is not supported by this server, except { locale: "simple" }`);
}

/** Options of a find that would change its answer and are not implemented. */
export const unsupportedInFind = [
  "awaitData",
  "tailable",
  "returnKey",
  "showRecordId",
  "min",
  "max",
] as const;

/** Refuses options by name that would change the answer and are not implemented. */
export function refuseUnsupported(args: Arguments, names: readonly string[]): void {
  for (const name of names) {
    const value = args.raw(name);
    if (
      value === undefined ||
      value === null ||
      value === false ||
      (isDoc(value) && value.size === 0)
    )
      continue;
    throw mongoError(238, `The option '${name}' of '${args.name}' is not supported by this server`);
  }
}
