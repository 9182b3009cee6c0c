import { BSONRegExp, Int32, ObjectId, Timestamp } from "bson";
import { parseDoc } from "../bson/parse-bson.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import { undefinedValue, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { maxDocumentBytes } from "../storage/documents.js";
import { fillTimestamps } from "../update/replace-document.js";
import type { Collection } from "../storage/collection.js";
import { checkValidator } from "./validator.js";
import { checkDepth } from "./document-rules.js";
import type { Command, CommandHandler, Reply, ServerContext } from "./command.js";
import { collectionForWrite, namespaceFor } from "./namespaces.js";
import { checkBatchSize, writeReply } from "./write-reply.js";
import { Slices } from "./slices.js";

interface Prepared {
  readonly doc: Doc;
  readonly bytes: Buffer;
}

/**
 * Checks a document that came from a client and gives it an `_id` in front when it has none. The bytes
 * stay as they came wherever they can.
 */
export function prepareDocument(bytes: Buffer): Prepared {
  if (bytes.length > maxDocumentBytes)
    throw mongoError(
      2,
      `object to insert too large. size in bytes: ${bytes.length}, max size: ${maxDocumentBytes}`,
    );
  const doc = parseDoc(bytes);
  checkDepth(doc);
  const id = doc.get("_id");
  if (id === undefined) {
    const whole = fillTimestamps(new Map<string, Value>([["_id", new ObjectId()], ...doc]));
    return { doc: whole, bytes: serializeDoc(whole) };
  }
  checkId(id);
  const [first] = doc.keys();
  if (first === "_id" && !hasEmptyTimestamp(doc)) return { doc, bytes };
  const whole = fillTimestamps(new Map<string, Value>([["_id", id], ...doc]));
  return { doc: whole, bytes: serializeDoc(whole) };
}

/** MongoDB puts the time in place of empty timestamps at the top of a document. */
function hasEmptyTimestamp(doc: Doc): boolean {
  for (const value of doc.values())
    if (value instanceof Timestamp && value.t === 0 && value.i === 0) return true;
  return false;
}

/** What may be an `_id` (code 53). */
export function checkId(id: Value): void {
  if (Array.isArray(id)) throw mongoError(53, "The '_id' value cannot be of type array");
  if (id instanceof BSONRegExp) throw mongoError(53, "The '_id' value cannot be of type regex");
  if (id === undefinedValue) throw mongoError(53, "The '_id' value cannot be of type undefined");
  if (!(id instanceof Map)) return;
  for (const name of id.keys())
    if (name.startsWith("$") && !["$ref", "$id", "$db"].includes(name))
      throw mongoError(
        52,
        `The dollar ($) prefixed field '${name}' in '_id' is not allowed in the context of an insert.`,
      );
}

const insert: CommandHandler = {
  fields: ["insert", "documents", "ordered", "bypassDocumentValidation"],
  asBytes: "documents",
  run: (context, command) => runInsert(context, command),
};

async function runInsert(context: ServerContext, command: Command): Promise<Reply> {
  const namespace = namespaceFor(command);
  const documents = command.documents("documents");
  checkBatchSize(documents.length);
  const ordered = command.args.raw("ordered") !== false;
  const bypass = command.args.flag("bypassDocumentValidation");
  const errors: Doc[] = [];
  let inserted = 0;
  const slices = new Slices(documents.length);
  while (slices.more()) {
    const done = await context.store.write(() =>
      slices.run((at) => insertOne(context, namespace, documents[at], bypass), ordered),
    );
    inserted += done.succeeded;
    errors.push(...done.errors);
    slices.advance(done.next, done.stopped);
  }
  return writeReply({ n: new Int32(inserted) }, errors);
}

function insertOne(
  context: ServerContext,
  namespace: string,
  bytes: Buffer | undefined,
  bypass: boolean,
): void {
  if (bytes === undefined) return;
  storeNew(context, collectionForWrite(context, namespace), prepareDocument(bytes), bypass);
}

/** Stores a new document; `bypass`: whatever the validator says. Only inside a write unit. */
export function storeNew(
  context: ServerContext,
  collection: Collection,
  { doc, bytes }: Prepared,
  bypass: boolean,
): void {
  if (!bypass) checkValidator(context, collection, undefined, doc);
  context.store.documents.insert(collection, doc, bytes);
}

export const insertCommands: Readonly<Record<string, CommandHandler>> = { insert };
