import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EJSON } from "bson";
import fc from "fast-check";
import mongoose from "mongoose";
import {
  startEmbeddedMongo,
  type EmbeddedMongo,
} from "../../server/embedded-mongo/start-embedded-mongo.js";
import { arbitraryCommands, type Fields } from "./support/arbitrary-commands.js";
import { seed } from "./support/arbitrary-values.js";
import { isKnownDifference } from "./support/known-differences.js";

const { MongoClient, MongoServerError } = mongoose.mongo;
type Client = InstanceType<typeof MongoClient>;
type Collection = mongoose.mongo.Collection;

const otherUrl = process.env["MONGO_DIFF_URL"] ?? "";
const runs = Number(process.env["MONGO_DIFF_RUNS"] ?? "30");

const indexes: [Record<string, 1 | -1>, Fields][] = [
  [{ a: 1 }, {}],
  [{ b: -1 }, {}],
  [{ c: 1 }, { sparse: true }],
  [{ a: 1, c: -1 }, {}],
  [{ c: 1, b: 1 }, {}],
  [{ "a.x": 1 }, {}],
  [{ "e.x": 1, "e.y": -1 }, {}],
  [{ "b.x": -1, c: 1 }, {}],
  [{ "b.y": 1 }, { partialFilterExpression: { c: { $gt: 0 } } }],
];

type Operation = (collection: Collection) => Promise<unknown>;

/** What an operation gives, types and field order included; of an error only that it is one. */
async function outcomeOf(operation: Operation, collection: Collection): Promise<string> {
  try {
    return EJSON.stringify(await operation(collection), { relaxed: false });
  } catch (error) {
    if (error instanceof MongoServerError) return "refused";
    throw error;
  }
}

const byId = (a: Fields, b: Fields) => Number(a["_id"]) - Number(b["_id"]);

/** Groups have no order of their own. */
function sortedByText(docs: unknown[]): unknown[] {
  return docs.toSorted((a, b) => {
    const [left, right] = [EJSON.stringify(a), EJSON.stringify(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

function find(filter: Fields, options: Fields = {}): Operation {
  return async (collection) => {
    const docs = await collection.find(filter, options).toArray();
    return "sort" in options ? docs : docs.sort(byId);
  };
}

function aggregate(pipeline: Fields[]): Operation {
  return async (collection) => sortedByText(await collection.aggregate(pipeline).toArray());
}

/** Joins a collection with itself, whatever its name. */
function joined(stages: readonly Fields[]): Operation {
  return async (collection) => {
    const text = JSON.stringify(stages).replaceAll(
      '"from":"plain"',
      `"from":"${collection.collectionName}"`,
    );
    const pipeline = JSON.parse(text) as Fields[];
    return (await collection.aggregate(pipeline).toArray()).sort(byId);
  };
}

async function distinctValues(collection: Collection, filter: Fields): Promise<unknown> {
  return sortedByText(await collection.distinct("a", filter));
}

/** The client promotes no values: a code is an Int32. */
function ignoreInvalid(error: unknown): void {
  if (!(error instanceof MongoServerError) || String(error.code) !== "121") throw error;
}

async function refill(collection: Collection, docs: readonly Fields[]): Promise<void> {
  await collection.deleteMany({});
  await collection.insertMany(docs.map((doc) => ({ ...doc })));
}

describe("embedded-mongo: the same answers as elsewhere", function () {
  this.timeout(120_000);
  let dataDir: string;
  let server: EmbeddedMongo;
  let client: Client;
  let plain: Collection;
  before(async function () {
    dataDir = mkdtempSync(join(tmpdir(), "differential-"));
    server = await startEmbeddedMongo({ dataDir });
    client = new MongoClient(server.url, { promoteValues: false });
    plain = client.db("differential").collection("plain");
  });
  after(async function () {
    await client.close();
    await server.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  describe("with every useful index as with none", function () {
    const { docs: arbitraryDocs, filter: arbitraryFilter, ...arbitrary } = arbitraryCommands("own");
    let indexed: Collection;
    before(async function () {
      indexed = client.db("differential").collection("indexed");
      for (const [key, options] of indexes) await indexed.createIndexes([{ key, ...options }]);
    });

    async function assertSame(operation: Operation, context: unknown): Promise<void> {
      const expected = await outcomeOf(operation, plain);
      assert.equal(await outcomeOf(operation, indexed), expected, JSON.stringify(context));
    }

    it("finds and sorts the same", async function () {
      const queries = fc.array(
        fc.record({
          filter: arbitraryFilter,
          sort: arbitrary.sort,
          limit: fc.nat(4),
          skip: fc.nat(2),
        }),
        { minLength: 6, maxLength: 6 },
      );
      await fc.assert(
        fc.asyncProperty(arbitraryDocs, queries, async (docs, list) => {
          await Promise.all([refill(plain, docs), refill(indexed, docs)]);
          for (const { filter, sort, limit, skip } of list) {
            await assertSame(find(filter), filter);
            await assertSame(find(filter, { sort, limit, skip }), { filter, sort, limit, skip });
            await assertSame((collection) => collection.countDocuments(filter), filter);
          }
        }),
        { seed, numRuns: runs },
      );
    });

    it("aggregates and joins the same", async function () {
      const steps = fc.array(fc.record({ pipeline: arbitrary.pipeline, join: arbitrary.join }), {
        minLength: 3,
        maxLength: 3,
      });
      await fc.assert(
        fc.asyncProperty(arbitraryDocs, steps, async (docs, list) => {
          await Promise.all([refill(plain, docs), refill(indexed, docs)]);
          for (const { pipeline, join } of list) {
            await assertSame(aggregate(pipeline), pipeline);
            await assertSame(joined(join), join);
          }
        }),
        { seed, numRuns: runs },
      );
    });

    it("answers the same through a view as with the view's pipeline, with indexes as without", async function () {
      const database = client.db("differential");
      for (const name of ["plain", "indexed"])
        await database.createCollection(`${name}View`, { viewOn: name, pipeline: [] });
      const view = fc.record({ defines: arbitraryFilter, filter: arbitraryFilter });
      await fc.assert(
        fc.asyncProperty(
          arbitraryDocs,
          fc.array(view, { minLength: 2, maxLength: 2 }),
          arbitrary.sort,
          async (docs, list, sort) => {
            await Promise.all([refill(plain, docs), refill(indexed, docs)]);
            for (const { defines, filter } of list) {
              const context = JSON.stringify({ defines, filter, sort });
              const stages = [{ $match: defines }];
              const whole = [...stages, { $match: filter }, { $sort: sort }];
              const expected = await outcomeOf((all) => all.aggregate(whole).toArray(), plain);
              const values = await outcomeOf(
                (all) => distinctValues(all, { $and: [defines, filter] }),
                plain,
              );
              for (const name of ["plain", "indexed"]) {
                await database.command({ collMod: `${name}View`, viewOn: name, pipeline: stages });
                const through = database.collection(`${name}View`);
                assert.equal(await outcomeOf(find(filter, { sort }), through), expected, context);
                const found = (EJSON.parse(expected) as unknown[]).length;
                const count: unknown = await through.countDocuments(filter);
                assert.equal(String(count), String(found), context);
                const distinct = await outcomeOf((all) => distinctValues(all, filter), through);
                assert.equal(distinct, values, context);
              }
            }
          },
        ),
        { seed, numRuns: runs },
      );
    });

    it("takes a $jsonSchema for a filter as for a validator", async function () {
      const checked = client.db("differential").collection("checked");
      await client.db("differential").createCollection("checked");
      await fc.assert(
        fc.asyncProperty(arbitraryDocs, arbitrary.schema, async (docs, $jsonSchema) => {
          await Promise.all([refill(plain, docs), refill(indexed, docs)]);
          const filter = { $jsonSchema };
          await assertSame(find(filter), filter);
          const database = client.db("differential");
          await database.command({ collMod: "checked", validator: filter });
          await checked.deleteMany({});
          for (const doc of docs) await checked.insertOne({ ...doc }).catch(ignoreInvalid);
          assert.equal(
            await outcomeOf(find({}), checked),
            await outcomeOf(find(filter), plain),
            JSON.stringify(filter),
          );
        }),
        { seed, numRuns: runs },
      );
    });

    it("finds the same whichever index it is told to use", async function () {
      const whole = indexes.filter(([, options]) => Object.keys(options).length === 0);
      const query = fc.record({ filter: arbitraryFilter, hint: fc.constantFrom(...whole) });
      await fc.assert(
        fc.asyncProperty(
          arbitraryDocs,
          fc.array(query, { minLength: 8, maxLength: 8 }),
          async (docs, list) => {
            await Promise.all([refill(plain, docs), refill(indexed, docs)]);
            for (const { filter, hint } of list) {
              const expected = await outcomeOf(find(filter), plain);
              const found = await outcomeOf(find(filter, { hint: hint[0] }), indexed);
              assert.equal(found, expected, JSON.stringify({ filter, hint: hint[0] }));
            }
          },
        ),
        { seed, numRuns: runs },
      );
    });

    it("updates and deletes the same, and finds it so afterwards", async function () {
      const step = fc.record({
        filter: arbitraryFilter,
        update: arbitrary.update,
        after: arbitraryFilter,
      });
      await fc.assert(
        fc.asyncProperty(
          arbitraryDocs,
          fc.array(step, { minLength: 4, maxLength: 4 }),
          async (docs, list) => {
            await Promise.all([refill(plain, docs), refill(indexed, docs)]);
            for (const { filter, update, after } of list) {
              // An array that meets another in one index is refused there alone: leave those out.
              const before = await outcomeOf(find({}), plain);
              const [one, other] = await Promise.all([
                outcomeOf((collection) => collection.updateMany(filter, update), plain),
                outcomeOf((collection) => collection.updateMany(filter, update), indexed),
              ]);
              if (other === "refused" && one !== "refused") return;
              assert.equal(other, one, JSON.stringify({ filter, update, before }));
              await assertSame(find({}), { filter, update });
              await assertSame(find(after), { after });
            }
            const last = list[0]?.filter ?? {};
            await assertSame((collection) => collection.deleteMany(last), last);
            await assertSame(find({}), last);
          },
        ),
        { seed, numRuns: runs },
      );
    });
  });

  describe("as another server (MONGO_DIFF_URL; left out without it)", function () {
    const {
      docs: arbitraryDocs,
      filter: arbitraryFilter,
      ...arbitrary
    } = arbitraryCommands("shared");
    let other: Client;
    let there: Collection;
    before(function () {
      if (otherUrl === "") this.skip();
      other = new MongoClient(otherUrl, { promoteValues: false });
      there = other.db("differential").collection("plain");
    });
    after(async function () {
      if (otherUrl !== "") await other.close();
    });

    async function assertSame(operation: Operation, context: Fields): Promise<void> {
      const [here, elsewhere] = [
        await outcomeOf(operation, plain),
        await outcomeOf(operation, there),
      ];
      if (here !== elsewhere && !isKnownDifference(context, here, elsewhere))
        assert.equal(here, elsewhere, JSON.stringify(context));
    }

    it("finds, sorts and counts the same", async function () {
      const query = fc.record({ filter: arbitraryFilter, sort: arbitrary.sort });
      await fc.assert(
        fc.asyncProperty(
          arbitraryDocs,
          fc.array(query, { minLength: 8, maxLength: 8 }),
          async (docs, list) => {
            await Promise.all([refill(plain, docs), refill(there, docs)]);
            for (const { filter, sort } of list)
              await assertSame(find(filter, { sort }), { docs, filter, sort });
          },
        ),
        { seed, numRuns: runs },
      );
    });

    it("updates the same", async function () {
      const step = fc.record({ filter: arbitraryFilter, update: arbitrary.update });
      await fc.assert(
        fc.asyncProperty(
          arbitraryDocs,
          fc.array(step, { minLength: 4, maxLength: 4 }),
          async (docs, list) => {
            for (const { filter, update } of list) {
              await Promise.all([refill(plain, docs), refill(there, docs)]);
              const context = { docs, filter, update };
              await assertSame(async (collection) => {
                const { matchedCount } = await collection.updateMany(filter, update);
                return [matchedCount, await find({})(collection)];
              }, context);
            }
          },
        ),
        { seed, numRuns: runs },
      );
    });

    it("aggregates the same", async function () {
      await fc.assert(
        fc.asyncProperty(
          arbitraryDocs,
          fc.array(arbitrary.pipeline, { minLength: 4, maxLength: 4 }),
          async (docs, list) => {
            await Promise.all([refill(plain, docs), refill(there, docs)]);
            for (const pipeline of list) await assertSame(aggregate(pipeline), { docs, pipeline });
          },
        ),
        { seed, numRuns: runs },
      );
    });

    it("joins the same", async function () {
      await fc.assert(
        fc.asyncProperty(
          arbitraryDocs,
          fc.array(arbitrary.join, { minLength: 4, maxLength: 4 }),
          async (docs, list) => {
            await Promise.all([refill(plain, docs), refill(there, docs)]);
            for (const pipeline of list) await assertSame(joined(pipeline), { docs, pipeline });
          },
        ),
        { seed, numRuns: runs },
      );
    });
  });
});
