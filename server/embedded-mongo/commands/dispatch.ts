import { Double, Int32 } from "bson";
import { errorText } from "../error-text.js";
import { parseDoc } from "../bson/parse-bson.js";
import { describeValue } from "../bson/describe-value.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import { isNumber, type Doc, type Value } from "../bson/value.js";
import { mongoError, MongoError } from "../mongo-error.js";
import type { CommandMessage } from "../wire/message.js";
import { firstName, rawDocumentArray, withoutArray } from "../wire/raw-bson.js";
import { Arguments } from "./arguments.js";
import type { Command, CommandHandler, ServerContext } from "./command.js";
import { handlers } from "./handlers.js";

interface Known {
  readonly handler: CommandHandler;
  readonly fields: ReadonlySet<string> | undefined;
}

const known = new Map<string, Known>(
  Object.entries(handlers).map(([name, handler]) => [
    name,
    { handler, fields: handler.fields === "any" ? undefined : new Set([name, ...handler.fields]) },
  ]),
);

/** Answers one message. Every error becomes a coded reply. */
export function answerCommand(
  context: ServerContext,
  connectionId: number,
  message: CommandMessage,
): Buffer | Promise<Buffer> {
  try {
    const reply = run(context, connectionId, message);
    if (reply instanceof Promise)
      return reply.then(bytesOf).catch((error: unknown) => errorReply(context, error));
    return bytesOf(reply);
  } catch (error) {
    return errorReply(context, error);
  }
}

function bytesOf(reply: Doc | Buffer): Buffer {
  return reply instanceof Map ? serializeDoc(reply) : reply;
}

function run(context: ServerContext, connectionId: number, message: CommandMessage) {
  const name = firstName(message.body);
  if (name === undefined) throw mongoError(59, "no command in the message");
  const found = known.get(name);
  if (found === undefined) throw mongoError(59, `no such command: '${name}'`);
  const { asBytes } = found.handler;
  const body = parseDoc(asBytes === undefined ? message.body : withoutArray(message.body, asBytes));
  const args = new Arguments(name, body);
  const database = message.database ?? args.text("$db");
  if (database === undefined) throw mongoError(40571, "OP_MSG requests require a $db argument");
  refuseTransactions(args);
  checkConcerns(args);
  if (found.fields !== undefined) args.onlyFields(found.fields);
  const maxTimeMS = args.count("maxTimeMS");
  const command: Command = {
    database,
    connectionId,
    args,
    bytes: message.body.length,
    deadline:
      maxTimeMS === undefined || maxTimeMS === 0 ? undefined : performance.now() + maxTimeMS,
    documents: (field) => documentsOf(message, args, field),
  };
  return found.handler.run(context, command);
}

function documentsOf(message: CommandMessage, args: Arguments, field: string): Buffer[] {
  const documents = message.sequences.get(field) ?? rawDocumentArray(message.body, field);
  if (documents === undefined)
    throw mongoError(40414, `BSON field '${args.name}.${field}' is missing but a required field`);
  return documents;
}

/** A stand-alone has no oplog: it takes neither transactions nor retryable writes, and says so as mongod does. */
function refuseTransactions(args: Arguments): void {
  if (args.has("txnNumber") || args.has("startTransaction") || args.has("autocommit"))
    throw mongoError(20, "Transaction numbers are only allowed on a replica set member or mongos");
}

const readLevels = ["local", "available", "majority", "linearizable", "snapshot"];

/** One server alone can promise that a write is on its disk, and give no snapshot of a replica set. */
function checkConcerns(args: Arguments): void {
  const write = args.doc("writeConcern")?.get("w");
  if (write !== undefined && isNumber(write) && Number(write.toString()) > 1)
    throw mongoError(2, "cannot use 'w' > 1 when a host is not replicated");
  if (typeof write === "string" && write !== "majority")
    throw mongoError(
      2,
      `cannot use non-majority 'w' mode ${write} when a host is not a member of a replica set`,
    );
  const level = args.doc("readConcern")?.get("level");
  if (level === undefined) return;
  if (typeof level !== "string" || !readLevels.includes(level))
    throw mongoError(
      2,
      `Enumeration value ${describeValue(level)} for field 'readConcern.level' is not a valid value.`,
    );
  if (level === "linearizable" || level === "snapshot")
    throw mongoError(123, `node needs to be a replica set member to use read concern ${level}`);
}

/** The reply for an error; what is not a MongoError is our own fault, logged, and answered with code 1. */
export function errorReply(context: Pick<ServerContext, "log">, error: unknown): Buffer {
  const known = error instanceof MongoError ? error : unexpected(context, error);
  const doc: Doc = new Map<string, Value>([
    ["ok", new Double(0)],
    ["errmsg", known.message],
    ["code", new Int32(known.code)],
    ["codeName", known.codeName],
  ]);
  for (const [name, value] of known.extra ?? []) doc.set(name, value);
  if (known.labels.length > 0) doc.set("errorLabels", [...known.labels]);
  return serializeDoc(doc);
}

function unexpected(context: Pick<ServerContext, "log">, error: unknown): MongoError {
  const text = errorText(error);
  context.log("error", "a command failed unexpectedly", {
    error: text,
    stack: error instanceof Error ? error.stack : undefined,
  });
  return mongoError(1, `internal error: ${text}`);
}
