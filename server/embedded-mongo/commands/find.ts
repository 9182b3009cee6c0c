import { Long } from "bson";
import { isDoc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import type { Hint } from "../planner/choose-plan.js";
import { QuerySource, type Query } from "../planner/query.js";
import { Turn } from "../planner/turn.js";
import { compileFilter } from "../query/compile-filter.js";
import type { Collection } from "../storage/collection.js";
import type { Arguments } from "./arguments.js";
import { noFields, okReply, type Command, type CommandHandler } from "./command.js";
import { firstBatchReply, listSource, nextBatchReply } from "./cursor-reply.js";
import { namespaceFor, refuseCollation } from "./namespaces.js";

export const queryFields = ["filter", "sort", "projection", "hint", "skip", "limit", "collation"];

const find: CommandHandler = {
  fields: [
    "find",
    ...queryFields,
    "batchSize",
    "singleBatch",
    "noCursorTimeout",
    "allowDiskUse",
    "allowPartialResults",
    "awaitData",
    "let",
    "max",
    "min",
    "oplogReplay",
    "returnKey",
    "showRecordId",
    "tailable",
  ],
  run: (context, command) => {
    const { args } = command;
    const namespace = namespaceFor(command);
    refuseUnsupported(args, ["awaitData", "tailable", "returnKey", "showRecordId", "min", "max"]);
    const collection = context.store.catalog.find(namespace);
    const batchSize = args.count("batchSize");
    const query = parseQuery(args, collection);
    const source =
      query === undefined
        ? listSource([])
        : new QuerySource(context.store.space, query, new Turn());
    return firstBatchReply(context, command, namespace, source, {
      batchSize,
      singleBatch: args.flag("singleBatch") || (args.integer("limit") ?? 0) < 0,
      noTimeout: args.flag("noCursorTimeout"),
    });
  },
};

/** Compiles the query fields of a command, also where there is no collection, so that errors are the same. */
export function parseQuery(args: Arguments, collection: Collection | undefined): Query | undefined {
  refuseCollation(args);
  const filter = compileFilter(args.doc("filter") ?? noFields);
  const sort = args.doc("sort") ?? noFields;
  const limit = args.integer("limit") ?? 0;
  const query = {
    filter,
    sort,
    projection: args.doc("projection"),
    skip: args.count("skip") ?? 0,
    limit: Math.abs(limit),
    hint: hintOf(args),
  };
  return collection === undefined ? undefined : { ...query, collection };
}

/** A hint is an index name or a key pattern. */
export function hintOf(args: Arguments): Hint | undefined {
  const hint = args.raw("hint");
  if (hint === undefined || hint === null) return undefined;
  if (typeof hint === "string") return hint;
  if (isDoc(hint)) return hint.size === 0 ? undefined : hint;
  throw mongoError(9, "Hint must be a string or an object");
}

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

function cursorId(command: Command): Long {
  const value = command.args.raw("getMore");
  if (value instanceof Long) return value;
  throw mongoError(14, "BSON field 'getMore.getMore' is the wrong type, expected type 'long'");
}

const getMore: CommandHandler = {
  fields: ["getMore", "collection", "batchSize", "term", "lastKnownCommittedOpTime"],
  run: (context, command) => {
    const namespace = `${command.database}.${command.args.requiredText("collection")}`;
    const batchSize = command.args.count("batchSize");
    const cursor = context.cursors.take(cursorId(command), namespace);
    return nextBatchReply(context, command, cursor, batchSize === 0 ? undefined : batchSize);
  },
};

const killCursors: CommandHandler = {
  fields: ["killCursors", "cursors"],
  run: (context, command) => {
    const namespace = namespaceFor(command);
    const cursorsKilled: Long[] = [];
    const cursorsNotFound: Long[] = [];
    for (const id of command.args.list("cursors") ?? [])
      if (id instanceof Long)
        (context.cursors.kill(id, namespace) ? cursorsKilled : cursorsNotFound).push(id);
    return okReply({ cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] });
  },
};

export const findCommands: Readonly<Record<string, CommandHandler>> = {
  find,
  getMore,
  killCursors,
};
