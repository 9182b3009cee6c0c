import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import mongoose from "mongoose";
import { isPlainObject } from "./match-result.js";
import { SpecBucket } from "./spec-bucket.js";

const { Collection, Db, MongoClient } = mongoose.mongo;

export interface Operation {
  readonly name: string;
  readonly object: string;
  readonly arguments?: Record<string, unknown>;
  readonly expectError?: Record<string, unknown>;
  readonly expectResult?: unknown;
  readonly saveResultAsEntity?: string;
  readonly ignoreResultAndError?: boolean;
}

/** An operation that the runner does not know: its test fails, also where it expects an error. */
export class UnknownOperation extends Error {}

// The files decide what is passed to the driver, so the driver's own types cannot be kept here.
type Method = (...values: unknown[]) => unknown;

/** The arguments that the driver takes by position, in order; all others are options. */
const positional: Readonly<Record<string, readonly string[]>> = {
  countDocuments: ["filter"],
  deleteMany: ["filter"],
  deleteOne: ["filter"],
  distinct: ["fieldName", "filter"],
  find: ["filter"],
  findOne: ["filter"],
  findOneAndDelete: ["filter"],
  findOneAndReplace: ["filter", "replacement"],
  findOneAndUpdate: ["filter", "update"],
  insertMany: ["documents"],
  insertOne: ["document"],
  bulkWrite: ["requests"],
  replaceOne: ["filter", "replacement"],
  updateMany: ["filter", "update"],
  updateOne: ["filter", "update"],
  aggregate: ["pipeline"],
  createIndex: ["keys"],
  dropCollection: ["collection"],
  createCollection: ["collection"],
  estimatedDocumentCount: [],
};

/** Runs one operation of a test file on an entity, and gives what the file calls its result. */
export async function runOperation(operation: Operation, target: unknown): Promise<unknown> {
  const { name, arguments: given = {} } = operation;
  if (target instanceof SpecBucket) return runOnBucket(name, given, target);
  if (name === "modifyCollection" && target instanceof Db) {
    const { collection, ...options } = given;
    return target.command({ collMod: collection, ...options });
  }
  if (name === "count" && target instanceof Collection)
    return runCount(given, target as InstanceType<typeof Collection>);
  if (name === "clientBulkWrite" && target instanceof MongoClient)
    return target.bulkWrite(clientModels(given["models"]));
  const names = positional[name];
  if (names === undefined || target instanceof MongoClient) throw new UnknownOperation(name);
  const values = names.map((key) => given[key]);
  const options = Object.fromEntries(Object.entries(given).filter(([key]) => !names.includes(key)));
  if (typeof options["returnDocument"] === "string")
    options["returnDocument"] = options["returnDocument"].toLowerCase();
  // The driver would put an id of its own in place of null, and the file wants to see null stored.
  if (JSON.stringify(values).includes('{"_id":null}')) options["forceServerObjectId"] = true;
  const method = (target as Record<string, Method>)[name];
  if (method === undefined) throw new UnknownOperation(name);
  const result = await method.call(target, ...values, options);
  if (name === "find" || name === "aggregate") return (result as { toArray(): unknown }).toArray();
  return plain(result);
}

/** `[{ insertOne: { namespace, … } }]` of a file as the driver wants it: `[{ name: "insertOne", … }]`. */
function clientModels(models: unknown): mongoose.mongo.AnyClientBulkWriteModel<object>[] {
  return (models as Record<string, object>[]).flatMap((model) =>
    Object.entries(model).map(
      ([name, fields]) => ({ name, ...fields }) as mongoose.mongo.AnyClientBulkWriteModel<object>,
    ),
  );
}

async function runCount(
  given: Record<string, unknown>,
  target: InstanceType<typeof Collection>,
): Promise<unknown> {
  // A driver leaves out what the server is too old for; this command does not pass through one.
  const { filter, ...options } = given;
  delete options["rawData"];
  const reply = await target.db.command({
    count: target.collectionName,
    query: filter ?? {},
    ...options,
  });
  return reply["n"];
}

/** The results of bulk writes are getters of a class. */
export function plain(result: unknown): unknown {
  if (typeof result !== "object" || result === null || !("insertedIds" in result)) return result;
  const fields = result as unknown as Record<string, unknown>;
  const names = [
    "insertedCount",
    "insertedIds",
    "matchedCount",
    "modifiedCount",
    "deletedCount",
    "upsertedCount",
    "upsertedIds",
  ];
  return Object.fromEntries(
    names.filter((name) => name in fields).map((name) => [name, fields[name]]),
  );
}

async function runOnBucket(
  name: string,
  given: Record<string, unknown>,
  bucket: SpecBucket,
): Promise<unknown> {
  const { id, filename, newFilename, revision, source, chunkSizeBytes, metadata } = given;
  switch (name) {
    case "upload": {
      const upload = bucket.openUploadStream(String(filename), {
        ...(typeof chunkSizeBytes === "number" ? { chunkSizeBytes } : {}),
        ...(isPlainObject(metadata) ? { metadata } : {}),
      });
      const hex = isPlainObject(source) ? String(source["$$hexBytes"]) : "";
      upload.end(Buffer.from(hex, "hex"));
      await finished(upload);
      return upload.id;
    }
    case "download": {
      const bytes = await buffer(bucket.openDownloadStream(id as mongoose.mongo.ObjectId));
      // this driver does not notice that the last chunk is not there, whatever the server
      assert.deepEqual(bytes, await bucket.readChunks(id));
      return bytes;
    }
    case "downloadByName":
      return buffer(
        bucket.openDownloadStreamByName(
          String(filename),
          typeof revision === "number" ? { revision } : {},
        ),
      );
    case "delete":
      return bucket.delete(id as mongoose.mongo.ObjectId);
    case "rename":
      return bucket.rename(id as mongoose.mongo.ObjectId, String(newFilename));
    case "deleteByName":
      return bucket.deleteByName(String(filename));
    case "renameByName":
      return bucket.renameByName(String(filename), String(newFilename));
    default:
      throw new UnknownOperation(name);
  }
}
