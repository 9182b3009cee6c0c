import { Int32 } from "bson";
import { commandVariables, expressionOptions } from "../aggregate/compile-expression.js";
import { boundExpressions } from "../aggregate/time-bound.js";
import { docOf } from "../bson/from-js.js";
import type { Doc, Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { compileProjection } from "../query/project.js";
import { largeStatementBytes } from "../reads/read-request.js";
import { Arguments, noFields } from "./arguments.js";
import {
  okReply,
  type Command,
  type CommandHandler,
  type Reply,
  type ServerContext,
} from "./command.js";
import { namespaceFor } from "./namespaces.js";
import { withTarget, type Target } from "./with-target.js";
import { parseUpdate, runOne } from "./update-statement.js";
import { compileFilter } from "../query/compile-filter.js";

const findAndModify: CommandHandler = {
  fields: [
    "findAndModify",
    "findandmodify",
    "query",
    "sort",
    "remove",
    "update",
    "new",
    "fields",
    "upsert",
    "arrayFilters",
    "hint",
    "collation",
    "let",
    "bypassDocumentValidation",
  ],
  run: async (context, command) => {
    const { args } = command;
    const namespace = namespaceFor(command);
    const remove = args.flag("remove");
    if (remove === args.has("update"))
      throw mongoError(
        9,
        remove
          ? "Cannot specify both an update and remove=true"
          : "Either an update or remove=true must be specified",
      );
    if (remove && args.flag("upsert"))
      throw mongoError(9, "Cannot specify both upsert=true and remove=true");
    if (remove && args.flag("new"))
      throw mongoError(
        9,
        "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document",
      );
    return remove ? removeOne(context, command, namespace) : updateOne(context, command, namespace);
  },
};

/** The command's query under the names that statements of update and delete have. */
function asStatement(args: Arguments): Arguments {
  const body: Doc = new Map<string, Value>([["q", args.doc("query") ?? noFields]]);
  for (const field of ["sort", "hint", "collation", "arrayFilters", "update", "let"]) {
    const value = args.raw(field);
    if (value !== undefined && value !== null) body.set(field, value);
  }
  return new Arguments(args.name, body);
}

function targetOf(command: Command, namespace: string, args: Arguments): Target {
  const large = command.bytes > largeStatementBytes;
  return { namespace, args, large, deadline: command.deadline };
}

/** What of the document is answered. Made before anything is written: a mistake in it changes nothing. */
function answerShape(args: Arguments): (doc: Doc | undefined) => Doc | null {
  const fields = args.doc("fields");
  if (fields === undefined || fields.size === 0) return (doc) => doc ?? null;
  const expressions = boundExpressions(() => expressionOptions(commandVariables(args.doc("let"))));
  const filter = compileFilter(args.doc("query") ?? noFields, expressions);
  const project = compileProjection(fields, filter, expressions);
  return (doc) => (doc === undefined ? null : boundExpressions(() => project(doc)));
}

async function removeOne(
  context: ServerContext,
  command: Command,
  namespace: string,
): Promise<Reply> {
  const { args } = command;
  const shape = answerShape(args);
  const removed = await withTarget(
    context,
    targetOf(command, namespace, asStatement(args)),
    (query, match) => {
      if (query === undefined || match === undefined) return undefined;
      const doc = match.doc();
      context.store.documents.remove(query.collection, match.idKey, doc, match.bytes.length);
      return doc;
    },
    true,
  );
  return okReply({
    lastErrorObject: docOf({ n: new Int32(removed === undefined ? 0 : 1) }),
    value: shape(removed),
  });
}

async function updateOne(
  context: ServerContext,
  command: Command,
  namespace: string,
): Promise<Reply> {
  const { args } = command;
  const shape = answerShape(args);
  const statementArgs = asStatement(args);
  const statement = {
    args: statementArgs,
    filter: args.doc("query") ?? noFields,
    update: parseUpdate(statementArgs, "update"),
    upsert: args.flag("upsert"),
    multi: false,
    bypass: args.flag("bypassDocumentValidation"),
  };
  const outcome = await runOne(context, targetOf(command, namespace, statementArgs), statement);
  const found = outcome.matched === 1;
  const lastErrorObject = docOf({
    n: new Int32(found || outcome.upserted !== undefined ? 1 : 0),
    updatedExisting: found,
  });
  if (outcome.upserted !== undefined) lastErrorObject.set("upserted", outcome.upserted);
  const value = args.flag("new") ? outcome.after : outcome.before;
  return okReply({ lastErrorObject, value: shape(value) });
}

export const findAndModifyCommands: Readonly<Record<string, CommandHandler>> = {
  findAndModify,
  findandmodify: findAndModify,
};
