import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  MongoBulkWriteError,
  MongoClient,
  MongoServerError,
  type Collection,
  type Document,
} from "mongodb";
import { startEmbeddedMongo } from "../../../server/embedded-mongo/start-embedded-mongo.js";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

describe("embedded-mongo validators", () => {
  let database: TestDatabase;
  let people: Collection<Document & { _id: number }>;
  let turn = 0;

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());

  async function make(options: object): Promise<void> {
    const name = `people${++turn}`;
    await database.db.createCollection(name, options);
    people = database.db.collection(name);
  }

  async function detailsOf(write: Promise<unknown>): Promise<unknown> {
    try {
      await write;
    } catch (error) {
      assert.ok(error instanceof MongoServerError);
      assert.equal(error.code, 121);
      const [first] = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : [];
      const info: unknown = first === undefined ? error.errorResponse.errInfo : first.err.errInfo;
      return info;
    }
    return assert.fail("the write was not refused");
  }

  const adult = { validator: { age: { $gte: 18 } } };

  it("let in what matches and refuse the rest with 121 and the reason, in every kind of write", async () => {
    await make(adult);
    await people.insertOne({ _id: 1, age: 18 });
    const details = (age: unknown): object => ({
      operatorName: "$gte",
      specifiedAs: { age: { $gte: 18 } },
      reason: "comparison failed",
      consideredValue: age,
    });
    assert.deepEqual(await detailsOf(people.insertOne({ _id: 2, age: 17 })), {
      failingDocumentId: 2,
      details: details(17),
    });
    const younger = { $set: { age: 3 } };
    for (const write of [
      () => people.updateOne({ _id: 1 }, younger),
      () => people.updateMany({}, younger),
      () => people.findOneAndUpdate({ _id: 1 }, younger),
      () => people.updateOne({ _id: 1 }, [{ $set: { age: 3 } }]),
      () => people.replaceOne({ _id: 1 }, { age: 3 }),
      () => people.bulkWrite([{ updateOne: { filter: { _id: 1 }, update: younger } }]),
      () => people.aggregate([{ $set: { age: 3 } }, { $merge: people.collectionName }]).toArray(),
      () => people.aggregate([{ $set: { age: 3 } }, { $out: people.collectionName }]).toArray(),
    ])
      assert.deepEqual(await detailsOf(write()), { failingDocumentId: 1, details: details(3) });
    assert.deepEqual(
      await detailsOf(people.updateOne({ _id: 9 }, { $set: { a: 1 } }, { upsert: true })),
      {
        failingDocumentId: 9,
        details: {
          operatorName: "$gte",
          specifiedAs: { age: { $gte: 18 } },
          reason: "field was missing",
        },
      },
    );
    assert.deepEqual(await people.find().toArray(), [{ _id: 1, age: 18 }]);
  });

  it("tell the place of each refused document of an unordered insert, and store the others", async () => {
    await make(adult);
    const docs = [{ _id: 1, age: 1 }, { _id: 2, age: 20 }, { _id: 3 }];
    const reply: Document = await database.db.command({
      insert: people.collectionName,
      documents: docs,
      ordered: false,
    });
    const errors = (reply["writeErrors"] as Document[]).map(({ index, code, errInfo }) => [
      index as number,
      code as number,
      (errInfo as Document)["failingDocumentId"] as number,
    ]);
    assert.deepEqual(errors, [
      [0, 121, 1],
      [2, 121, 3],
    ]);
    assert.equal(await people.countDocuments(), 1);
  });

  it("are passed by with bypassDocumentValidation", async () => {
    await make(adult);
    const bypass = { bypassDocumentValidation: true };
    await people.insertOne({ _id: 1, age: 1 }, bypass);
    await people.updateOne({ _id: 1 }, { $set: { age: 2 } }, bypass);
    await people.updateOne({ _id: 2 }, { $set: { age: 2 } }, { upsert: true, ...bypass });
    await people.findOneAndReplace({ _id: 1 }, { age: 3 }, bypass);
    const target = people.collectionName;
    await people.aggregate([{ $merge: target }], bypass).toArray();
    await people.aggregate([{ $out: target }], bypass).toArray();
    assert.deepEqual(await people.distinct("age"), [3, 2]);
    await detailsOf(people.insertOne({ _id: 3, age: 1 }));
  });

  it("at level moderate leave alone what did not match before; at off everything", async () => {
    await make({});
    await people.insertMany([
      { _id: 1, age: 1 },
      { _id: 2, age: 20 },
    ]);
    const change = (options: object) =>
      database.db.command({ collMod: people.collectionName, ...options });
    await change({ ...adult, validationLevel: "moderate" });
    await people.updateOne({ _id: 1 }, { $set: { age: 2 } });
    await detailsOf(people.updateOne({ _id: 2 }, { $set: { age: 2 } }));
    await detailsOf(people.insertOne({ _id: 3, age: 1 }));
    await change({ validationLevel: "strict" });
    await detailsOf(people.updateOne({ _id: 1 }, { $set: { age: 3 } }));
    await change({ validationLevel: "off" });
    await people.insertOne({ _id: 3, age: 1 });
    await change({ validationLevel: "strict", validator: {} });
    await people.insertOne({ _id: 4, age: 1 });
  });

  it("with the action warn let everything in, and say so in the log without the document", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "validators-"));
    const lines: string[] = [];
    const server = await startEmbeddedMongo({
      dataDir,
      log: (...line) => lines.push(JSON.stringify(line)),
    });
    const client = new MongoClient(server.url);
    try {
      const rows = await client
        .db("shop")
        .createCollection("rows", { ...adult, validationAction: "warn" });
      await rows.insertOne({ age: 4, name: "Kim" });
      assert.equal(await rows.countDocuments(), 1);
      const said = lines.filter((line) => line.includes("does not accept"));
      assert.equal(said.length, 1);
      assert.match(said[0] ?? "", /"warn".*shop\.rows/);
      assert.doesNotMatch(said[0] ?? "", /Kim/);
    } finally {
      await client.close();
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it("stay with the collection: listed, kept by rename and $out", async () => {
    await make({ ...adult, validationLevel: "moderate" });
    await people.rename(`renamed${turn}`);
    const renamed = database.db.collection<Document & { _id: number }>(`renamed${turn}`);
    await renamed.aggregate([{ $out: renamed.collectionName }]).toArray();
    const [info] = await database.db.listCollections({ name: renamed.collectionName }).toArray();
    assert.deepEqual(info && "options" in info && info.options, {
      ...adult,
      validationLevel: "moderate",
    });
    await detailsOf(renamed.insertOne({ _id: 1, age: 1 }));
  });

  it("compute $expr, with $$NOW as the time of the write", async () => {
    await make({ validator: { $expr: { $lte: ["$at", "$$NOW"] } } });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await people.insertOne({ _id: 1, at: new Date() });
    assert.deepEqual(
      await detailsOf(people.insertOne({ _id: 2, at: new Date(Date.now() + 1e6) })),
      {
        failingDocumentId: 2,
        details: {
          operatorName: "$expr",
          specifiedAs: { $expr: { $lte: ["$at", "$$NOW"] } },
          reason: "expression did not match",
          expressionResult: false,
        },
      },
    );
  });

  it("name the clause and the rule of a schema that a document breaks", async () => {
    await make({
      validator: {
        $or: [{ kind: "x" }, { n: { $not: { $gt: 5 } }, kind: { $exists: true } }],
        $jsonSchema: {
          required: ["name", "n"],
          properties: { name: { bsonType: "string", description: "a name", minLength: 2 } },
        },
      },
    });
    assert.deepEqual(await detailsOf(people.insertOne({ _id: 1, n: 6, name: "a" })), {
      failingDocumentId: 1,
      details: {
        operatorName: "$and",
        clausesNotSatisfied: [
          {
            index: 0,
            details: {
              operatorName: "$or",
              clausesNotSatisfied: [
                {
                  index: 0,
                  details: {
                    operatorName: "$eq",
                    specifiedAs: { kind: "x" },
                    reason: "field was missing",
                  },
                },
                {
                  index: 1,
                  details: {
                    operatorName: "$and",
                    clausesNotSatisfied: [
                      {
                        index: 0,
                        details: {
                          operatorName: "$not",
                          details: {
                            operatorName: "$gt",
                            specifiedAs: { n: { $gt: 5 } },
                            reason: "comparison succeeded",
                            consideredValue: 6,
                          },
                        },
                      },
                      {
                        index: 1,
                        details: {
                          operatorName: "$exists",
                          specifiedAs: { kind: { $exists: true } },
                          reason: "path does not exist",
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
          {
            index: 1,
            details: {
              operatorName: "$jsonSchema",
              schemaRulesNotSatisfied: [
                {
                  operatorName: "properties",
                  propertiesNotSatisfied: [
                    {
                      propertyName: "name",
                      description: "a name",
                      details: [
                        {
                          operatorName: "minLength",
                          specifiedAs: { minLength: 2 },
                          reason: "specified string length was not satisfied",
                          consideredValue: "a",
                        },
                      ],
                    },
                  ],
                },
              ],
            },
          },
        ],
      },
    });
  });

  it("refuse a validator, level or action that makes no sense", async () => {
    const create = (options: object) => database.db.command({ create: "bad", ...options });
    await assert.rejects(create({ validator: { a: { $bad: 1 } } }), { code: 2 });
    await assert.rejects(create({ validator: 3 }), { code: 14 });
    await assert.rejects(create({ validator: { $where: "true" } }), { code: 238 });
    await assert.rejects(create({ validationLevel: "some" }), { code: 2 });
    await assert.rejects(create({ validationAction: "shout" }), { code: 2 });
    await assert.rejects(create({ validator: { $jsonSchema: { colour: 1 } } }), { code: 9 });
    const inAdmin = database.client.db("admin").command({ create: "bad", ...adult });
    await assert.rejects(inAdmin, { code: 72 });
    assert.deepEqual(await database.db.listCollections({ name: "bad" }).toArray(), []);
  });
});
