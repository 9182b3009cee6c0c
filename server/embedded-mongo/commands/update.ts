import { parseDoc } from "../bson/parse-bson.js";
import { docOf } from "../bson/from-js.js";
import { isDoc, type Doc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { Arguments, noFields } from "./arguments.js";
import type { CommandHandler } from "./command.js";
import { refuseUnsupported } from "../reads/parse-query.js";
import { largeStatementBytes } from "../reads/read-request.js";
import { namespaceFor } from "./namespaces.js";
import { int } from "../bson/plain-number.js";
import { runStatements } from "./run-statements.js";
import { parseUpdate, updateSteps, type UpdateStatement } from "./update-statement.js";
import { checkBatchSize, writeReply } from "./write-reply.js";

const statementFields = new Set([
  "q",
  "u",
  "c",
  "multi",
  "upsert",
  "arrayFilters",
  "collation",
  "hint",
  "sort",
]);

function parseStatement(bytes: Buffer, command: Arguments): UpdateStatement {
  const args = new Arguments("update.updates", parseDoc(bytes));
  args.onlyFields(statementFields);
  args.inherit(command, "let");
  refuseUnsupported(args, ["c", "sort"]);
  const filter = args.raw("q");
  const multi = args.flag("multi");
  const update = parseUpdate(args, "u");
  if (multi && update.isReplacement)
    throw mongoError(9, "multi update is not supported for replacement-style update");
  return {
    args,
    filter: isDoc(filter) ? filter : noFields,
    update,
    upsert: args.flag("upsert"),
    multi,
    bypass: command.flag("bypassDocumentValidation"),
  };
}

const update: CommandHandler = {
  fields: ["update", "updates", "ordered", "let", "bypassDocumentValidation"],
  run: async (context, command) => {
    const namespace = namespaceFor(command);
    const statements = command.documents("updates");
    checkBatchSize(statements.length);
    const ordered = command.args.raw("ordered") !== false;
    const { values, errors } = await runStatements(
      context.store,
      statements.map((bytes) => () => {
        const statement = parseStatement(bytes, command.args);
        const large = bytes.length > largeStatementBytes;
        const target = { namespace, args: statement.args, large, deadline: command.deadline };
        return updateSteps(context, target, statement);
      }),
      { ordered, frees: false },
    );
    let matched = 0;
    let modified = 0;
    const added: Doc[] = [];
    for (const [at, outcome] of values.entries()) {
      if (outcome === undefined) continue;
      matched += outcome.matched;
      modified += outcome.modified;
      if (outcome.upserted !== undefined)
        added.push(docOf({ index: int(at) }).set("_id", outcome.upserted));
    }
    return writeReply(
      {
        n: int(matched + added.length),
        nModified: int(modified),
        ...(added.length > 0 ? { upserted: added } : {}),
      },
      Object.values(errors),
    );
  },
};

export const updateCommands: Readonly<Record<string, CommandHandler>> = { update };
