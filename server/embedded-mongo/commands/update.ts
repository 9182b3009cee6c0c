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
    // By the statement's place, since unordered ones may end in any order.
    const errors: Doc[] = [];
    const upserted: Doc[] = [];
    let matched = 0;
    let modified = 0;
    const runStatement = async (at: number, bytes: Buffer): Promise<boolean> => {
      try {
        const statement = parseStatement(bytes, command.args);
        const run = statement.multi ? runMany : runOne;
        const outcome = await run(context, namespace, statement, command.deadline);
        matched += outcome.matched;
        modified += outcome.modified;
        if (outcome.upserted !== undefined)
          upserted[at] = docOf({ index: int(at) }).set("_id", outcome.upserted);
        return true;
      } catch (error) {
        if (!isStatementError(error)) throw error;
        errors[at] = writeError(at, error);
        return false;
      }
    };
    if (ordered) {
      for (const [at, bytes] of statements.entries()) if (!(await runStatement(at, bytes))) break;
    } else {
      // No statement waits for another, so that all of them share one flush of the disk.
      await Promise.all([...statements.entries()].map(([at, bytes]) => runStatement(at, bytes)));
    }
    // Without the empty places.
    const added = Object.values(upserted);
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
