import { Long } from "bson";
import { mongoError } from "../mongo-error.js";
import { refuseUnsupported, unsupportedInFind } from "../reads/parse-query.js";
import { okReply, type Command, type CommandHandler } from "./command.js";
import { firstBatchReply, nextBatchReply } from "./cursor-reply.js";
import { namespaceFor, readRequest } from "./namespaces.js";

const find: CommandHandler = {
  fields: [
    "find",
    "filter",
    "sort",
    "projection",
    "hint",
    "skip",
    "limit",
    "collation",
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
    refuseUnsupported(args, unsupportedInFind);
    const batchSize = args.count("batchSize");
    const source = context.read(readRequest(command, "find"));
    return firstBatchReply(context, command, namespace, source, {
      batchSize,
      singleBatch: args.flag("singleBatch") || (args.integer("limit") ?? 0) < 0,
      noTimeout: args.flag("noCursorTimeout"),
    });
  },
};

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
