import assert from "node:assert/strict";
import { EJSON } from "bson";
import mongoose from "mongoose";
import { assertMatches, isPlainObject } from "./match-result.js";
import { plain, runOperation, UnknownOperation, type Operation } from "./run-operation.js";
import { SpecBucket } from "./spec-bucket.js";

const { MongoClient, MongoServerError } = mongoose.mongo;
type Client = InstanceType<typeof MongoClient>;

interface CollectionData {
  readonly collectionName: string;
  readonly databaseName: string;
  readonly documents: Record<string, unknown>[];
  readonly createOptions?: Record<string, unknown>;
}

interface Requirement {
  readonly minServerVersion?: string;
  readonly maxServerVersion?: string;
  readonly topologies?: readonly string[];
}

interface UnifiedTest {
  readonly description: string;
  readonly skipReason?: string;
  readonly runOnRequirements?: readonly Requirement[];
  readonly operations: readonly Operation[];
  readonly outcome?: readonly CollectionData[];
}

/** A file of the unified test format, as far as this runner reads it. */
export interface TestFile {
  readonly description: string;
  readonly runOnRequirements?: readonly Requirement[];
  readonly createEntities?: readonly Record<string, Record<string, unknown>>[];
  readonly initialData?: readonly CollectionData[];
  readonly tests: readonly UnifiedTest[];
}

export function parseTestFile(text: string): TestFile {
  return EJSON.parse(text, { relaxed: true }) as TestFile;
}

function versionNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return major * 10_000 + minor * 100 + patch;
}

/** Whether one of the requirements holds for a stand-alone server of that version. */
function isMet(requirements: readonly Requirement[] | undefined, version: string): boolean {
  if (requirements === undefined) return true;
  const number = versionNumber(version);
  return requirements.some(
    ({ minServerVersion = "0", maxServerVersion = "99", topologies }) =>
      versionNumber(minServerVersion) <= number &&
      number <= versionNumber(maxServerVersion) &&
      (topologies === undefined || topologies.includes("single")),
  );
}

/** The tests of a file that are for a stand-alone server of that version and need no fail point. */
export function runnableTests(file: TestFile, version: string): UnifiedTest[] {
  if (!isMet(file.runOnRequirements, version)) return [];
  return file.tests.filter(
    (test) =>
      test.skipReason === undefined &&
      isMet(test.runOnRequirements, version) &&
      !test.operations.some(({ name }) => name === "failPoint"),
  );
}

/** Runs one test against the server at `url`: sets up its data, runs it and checks what came of it. */
export async function runUnifiedTest(
  file: TestFile,
  test: UnifiedTest,
  url: string,
): Promise<void> {
  const clients: Client[] = [];
  const admin = new MongoClient(url);
  clients.push(admin);
  try {
    for (const data of file.initialData ?? []) await loadData(admin, data);
    const entities = createEntities(file, url, clients);
    for (const operation of test.operations) await runStep(operation, entities);
    for (const { databaseName, collectionName, documents } of test.outcome ?? []) {
      const collection = admin.db(databaseName).collection(collectionName);
      const found = await collection.find({}, { sort: { _id: 1 } }).toArray();
      assertMatches(documents, found, entities, `outcome of ${collectionName}`, false);
    }
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

async function loadData(admin: Client, data: CollectionData): Promise<void> {
  const database = admin.db(data.databaseName);
  await database.collection(data.collectionName).drop();
  if (data.createOptions !== undefined || data.documents.length === 0)
    await database.createCollection(data.collectionName, data.createOptions);
  if (data.documents.length > 0)
    await database.collection(data.collectionName).insertMany(data.documents);
}

function createEntities(file: TestFile, url: string, clients: Client[]): Map<string, unknown> {
  const entities = new Map<string, unknown>();
  for (const entity of file.createEntities ?? [])
    for (const [kind, spec] of Object.entries(entity))
      entities.set(String(spec["id"]), createEntity(kind, spec, { url, clients, entities }));
  return entities;
}

function createEntity(
  kind: string,
  spec: Record<string, unknown>,
  made: { url: string; clients: Client[]; entities: ReadonlyMap<string, unknown> },
): unknown {
  const options = (name: string) => (isPlainObject(spec[name]) ? spec[name] : {});
  const parent = (name: string) => made.entities.get(String(spec[name]));
  switch (kind) {
    case "client": {
      const client = new MongoClient(made.url, options("uriOptions"));
      made.clients.push(client);
      return client;
    }
    case "database":
      return (parent("client") as Client).db(
        String(spec["databaseName"]),
        options("databaseOptions"),
      );
    case "collection":
      return (parent("database") as mongoose.mongo.Db).collection(
        String(spec["collectionName"]),
        options("collectionOptions"),
      );
    case "bucket":
      return new SpecBucket(parent("database") as mongoose.mongo.Db, options("bucketOptions"));
    default:
      throw new Error(`the runner does not know entities of kind ${kind}`);
  }
}

async function runStep(operation: Operation, entities: Map<string, unknown>): Promise<void> {
  const { expectError, expectResult, saveResultAsEntity } = operation;
  let result: unknown;
  try {
    result = await runOperation(operation, entities.get(operation.object));
  } catch (error) {
    if (expectError === undefined || error instanceof UnknownOperation) throw error;
    assertError(expectError, error, entities);
    return;
  }
  assert.equal(expectError, undefined, `${operation.name} should have failed`);
  if (saveResultAsEntity !== undefined) entities.set(saveResultAsEntity, result);
  if ("expectResult" in operation)
    assertMatches(expectResult, result, entities, `result of ${operation.name}`);
}

function assertError(
  expected: Record<string, unknown>,
  error: unknown,
  entities: ReadonlyMap<string, unknown>,
): void {
  assert.ok(error instanceof Error);
  const fromServer = error instanceof MongoServerError;
  for (const [key, value] of Object.entries(expected)) {
    if (key === "isClientError")
      assert.equal(fromServer, value !== true, `error is ${error.message}`);
    else if (key === "errorContains")
      assert.ok(error.message.toLowerCase().includes(String(value).toLowerCase()), error.message);
    else if (key === "errorCode") assert.equal(fromServer ? error.code : undefined, value);
    else if (key === "errorCodeName")
      assert.equal(fromServer ? error.errorResponse.codeName : undefined, value);
    else if (key === "errorResponse")
      assertMatches(
        value,
        fromServer ? error.errorResponse : undefined,
        entities,
        "error response",
      );
    else if (key === "expectResult")
      assertMatches(
        value,
        plain((error as { result?: unknown }).result),
        entities,
        "partial result",
      );
    else assert.equal(key, "isError", `the runner does not know expectError.${key}`);
  }
}
