import { boundExpressions } from "../aggregate/time-bound.js";
import { parseDoc } from "../bson/parse-bson.js";
import { int } from "../bson/plain-number.js";
import { mongoError } from "../mongo-error.js";
import type { Match, Query } from "../planner/query.js";
import { stillMatches } from "../planner/write-targets.js";
import { largeStatementBytes } from "../reads/read-request.js";
import { Arguments } from "./arguments.js";
import type { CommandHandler, ServerContext } from "./command.js";
import { namespaceFor } from "./namespaces.js";
import { runStatements, type Statement } from "./run-statements.js";
import { inSlices } from "./slices.js";
import {
  actOnFewQuickly,
  actQuickly,
  actSlowly,
  allKeys,
  type Act,
  type Target,
} from "./with-target.js";
import { writeQuery } from "./write-query.js";
import { checkBatchSize, writeReply } from "./write-reply.js";

const statementFields = new Set(["q", "limit", "collation", "hint"]);

interface DeleteStatement {
  readonly args: Arguments;
  readonly one: boolean;
}

function parseStatement(bytes: Buffer, command: Arguments): DeleteStatement {
  const args = new Arguments("delete.deletes", parseDoc(bytes));
  args.onlyFields(statementFields);
  args.inherit(command, "let");
  const limit = args.integer("limit");
  if (limit !== 0 && limit !== 1)
    throw mongoError(9, `The limit field in delete objects must be 0 or 1. Got ${String(limit)}`);
  return { args, one: limit === 1 };
}

const run: CommandHandler["run"] = async (context, command) => {
  const namespace = namespaceFor(command);
  const statements = command.documents("deletes").map((bytes) => {
    const { args, one } = parseStatement(bytes, command.args);
    const large = bytes.length > largeStatementBytes;
    const target: Target = { namespace, args, large, deadline: command.deadline };
    return () => deleteSteps(context, target, one);
  });
  checkBatchSize(statements.length);
  const ordered = command.args.raw("ordered") !== false;
  const { values, errors } = await runStatements(context.store, statements, {
    ordered,
    frees: true,
  });
  const removed = values.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return writeReply({ n: int(removed) }, Object.values(errors));
};

function deleteSteps(context: ServerContext, target: Target, one: boolean): Statement<number> {
  const { documents } = context.store;
  const remove = (query: Query | undefined, matches: readonly Match[]): number => {
    if (query === undefined) return 0;
    for (const match of matches)
      documents.remove(query.collection, match.idKey, match.doc(), match.bytes.length);
    return matches.length;
  };
  const removeOne: Act<number> = (query, match) =>
    remove(query, match === undefined ? [] : [match]);
  return one
    ? {
        quickly: () => actQuickly(context, target, removeOne),
        slowly: () => actSlowly(context, target, removeOne, true),
      }
    : {
        quickly: () => actOnFewQuickly(context, target, remove),
        slowly: () => deleteMany(context, target),
      };
}

async function deleteMany(context: ServerContext, target: Target): Promise<number> {
  const { store } = context;
  const { namespace } = target;
  const query = boundExpressions(() => writeQuery(context, namespace, target.args));
  if (query === undefined) return 0;
  const keys = await allKeys(context, target);
  let removed = 0;
  await inSlices(
    store,
    keys,
    (idKey) => {
      const match = boundExpressions(() => stillMatches(store, query, idKey));
      const collection = store.catalog.find(namespace);
      if (match === undefined || collection === undefined) return 0;
      store.documents.remove(collection, idKey, match.doc(), match.bytes.length);
      return 1;
    },
    (count) => {
      removed += count;
    },
    true,
  );
  return removed;
}

export const deleteCommands: Readonly<Record<string, CommandHandler>> = {
  delete: { fields: ["delete", "deletes", "ordered", "let", "bypassDocumentValidation"], run },
};
