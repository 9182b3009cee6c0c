import { parseDoc } from "../bson/parse-bson.js";
import { docOf } from "../bson/from-js.js";
import { isDoc, type Doc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { Arguments, noFields } from "./arguments.js";
import type { CommandHandler } from "./command.js";
import { refuseUnsupported } from "../reads/parse-query.js";
import { namespaceFor } from "./namespaces.js";
import { int } from "../bson/plain-number.js";
import { parseUpdate, runMany, runOne, type UpdateStatement } from "./update-statement.js";
import { checkBatchSize, isStatementError, writeError, writeReply } from "./write-reply.js";

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
  };
}

const update: CommandHandler = {
  fields: ["update", "updates", "ordered", "let", "bypassDocumentValidation"],
  run: async (context, command) => {
    const namespace = namespaceFor(command);
    const statements = command.documents("updates");
    checkBatchSize(statements.length);
    const ordered = command.args.raw("ordered") !== false;
    const errors: Doc[] = [];
    const upserted: Doc[] = [];
    let matched = 0;
    let modified = 0;
    for (const [at, bytes] of statements.entries()) {
      try {
        const statement = parseStatement(bytes, command.args);
        const run = statement.multi ? runMany : runOne;
        const outcome = await run(context, namespace, statement, command.deadline);
        matched += outcome.matched;
        modified += outcome.modified;
        if (outcome.upserted !== undefined)
          upserted.push(docOf({ index: int(at) }).set("_id", outcome.upserted));
      } catch (error) {
        if (!isStatementError(error)) throw error;
        errors.push(writeError(at, error));
        if (ordered) break;
      }
    }
    return writeReply(
      {
        n: int(matched + upserted.length),
        nModified: int(modified),
        ...(upserted.length > 0 ? { upserted } : {}),
      },
      errors,
    );
  },
};

export const updateCommands: Readonly<Record<string, CommandHandler>> = { update };
