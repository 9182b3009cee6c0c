import type { Doc } from "../bson/value.js";
import { parseDoc } from "../bson/parse-bson.js";
import { mongoError } from "../mongo-error.js";
import { allMatches, stillMatches } from "../planner/write-targets.js";
import { Arguments } from "./arguments.js";
import type { Command, CommandHandler, ServerContext } from "./command.js";
import { namespaceFor } from "./namespaces.js";
import { writeQuery } from "./write-query.js";
import { withTarget } from "./with-target.js";
import { int } from "../bson/plain-number.js";
import { checkBatchSize, isStatementError, writeError, writeReply } from "./write-reply.js";
import { inSlices } from "./slices.js";

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
  const statements = command
    .documents("deletes")
    .map((bytes) => parseStatement(bytes, command.args));
  checkBatchSize(statements.length);
  const ordered = command.args.raw("ordered") !== false;
  const errors: Doc[] = [];
  let removed = 0;
  for (const [at, statement] of statements.entries()) {
    try {
      removed += await runStatement(context, command, namespace, statement);
    } catch (error) {
      if (!isStatementError(error)) throw error;
      errors.push(writeError(at, error));
      if (ordered) break;
    }
  }
  return writeReply({ n: int(removed) }, errors);
};

async function runStatement(
  context: ServerContext,
  command: Command,
  namespace: string,
  { args, one }: DeleteStatement,
): Promise<number> {
  const { store } = context;
  if (one)
    return withTarget(
      context,
      namespace,
      args,
      command.deadline,
      (query, match) => {
        if (query === undefined || match === undefined) return 0;
        store.documents.remove(query.collection, match.idKey, match.doc(), match.bytes.length);
        return 1;
      },
      true,
    );
  const query = writeQuery(context, namespace, args);
  if (query === undefined) return 0;
  const keys = await allMatches(store, query, command.deadline);
  let removed = 0;
  await inSlices(
    store,
    keys,
    (idKey) => {
      const match = stillMatches(store, query, idKey);
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
