import { Decimal128, Long, serialize, type Document } from "bson";
import fc from "fast-check";

/** Wire messages for fuzzing: commands as drivers send them, then broken in the ways bytes break. */

const commands: Document[] = [
  { hello: 1 },
  { ping: 1 },
  { insert: "c", documents: [{ _id: 1, a: [1, { b: "text" }], d: new Date(0) }], ordered: true },
  { find: "c", filter: { a: { $gt: 1 }, "a.b": /^x/ }, sort: { a: 1 }, limit: 5, batchSize: 2 },
  { find: "c", filter: { $or: [{ a: { $elemMatch: { b: 1 } } }, { a: { $in: [1, null] } }] } },
  { find: "c", filter: { a: { $regex: "(a+)+$" } }, projection: { a: 1, "b.c": 1 } },
  { find: "c", filter: { $where: "while (true) {}" } },
  {
    update: "c",
    updates: [
      { q: { a: 1 }, u: { $set: { "a.0.b": 2 }, $inc: { n: 1 } }, upsert: true, multi: true },
    ],
  },
  { update: "c", updates: [{ q: {}, u: [{ $set: { x: { $add: ["$n", 1] } } }], multi: true }] },
  { delete: "c", deletes: [{ q: { a: 1 }, limit: 1 }] },
  {
    findAndModify: "c",
    query: { a: 1 },
    update: { $push: { l: { $each: [1], $slice: -5 } } },
    new: true,
  },
  {
    aggregate: "c",
    pipeline: [
      { $match: { a: 1 } },
      { $group: { _id: "$a", n: { $sum: "$n" } } },
      { $sort: { n: -1 } },
    ],
    cursor: {},
  },
  {
    aggregate: "c",
    pipeline: [
      { $lookup: { from: "c", localField: "a", foreignField: "a", as: "j" } },
      { $limit: 3 },
    ],
    cursor: { batchSize: 1 },
  },
  {
    aggregate: "c",
    pipeline: [
      { $project: { d: { $dateToString: { date: "$d", format: "%Y-%V" } }, r: { $function: {} } } },
    ],
    cursor: {},
  },
  {
    createIndexes: "c",
    indexes: [{ key: { a: 1, b: -1 }, name: "ab", partialFilterExpression: { a: { $gt: 1 } } }],
  },
  { dropIndexes: "c", index: "ab" },
  { distinct: "c", key: "a.b", query: {} },
  { count: "c", query: { a: 1 } },
  { getMore: Long.fromNumber(12345), collection: "c" },
  { killCursors: "c", cursors: [Long.fromNumber(12345)] },
  { listCollections: 1, filter: {}, cursor: {} },
  { explain: { find: "c", filter: { a: 1 } } },
  { validate: "c" },
  { insert: "c", documents: [{ v: new Decimal128("1E6000"), w: NaN }] },
  { drop: "c" },
];

/** A message, and whether all the bytes that its header announces are there. */
export interface FuzzMessage {
  readonly bytes: Buffer;
  readonly complete: boolean;
}

function frame(opcode: number, flags: number, sections: Buffer): Buffer {
  const head = Buffer.alloc(20);
  head.writeInt32LE(sections.length + 20, 0);
  head.writeInt32LE(1, 4);
  head.writeInt32LE(opcode, 12);
  head.writeUInt32LE(flags, 16);
  return Buffer.concat([head, sections]);
}

function bodySection(command: Document): Buffer {
  return Buffer.concat([Buffer.of(0), serialize({ ...command, $db: "fuzz" })]);
}

function sequenceSection(name: string, documents: Document[]): Buffer {
  const rest = Buffer.concat([Buffer.from(`${name}\0`), ...documents.map((doc) => serialize(doc))]);
  const head = Buffer.alloc(5);
  head[0] = 1;
  head.writeInt32LE(rest.length + 4, 1);
  return Buffer.concat([head, rest]);
}

function nested(depth: number): Document {
  let doc: Document = { a: 1 };
  for (let i = 0; i < depth; i++) doc = { a: doc };
  return doc;
}

/** What stands where a command expects something else. */
const surprise = fc.constantFrom<unknown>(
  null,
  undefined,
  0,
  -1,
  1.5,
  NaN,
  1e300,
  "",
  "$",
  "$a",
  "a.$[x].b",
  "a..b",
  ".",
  "\0",
  true,
  [],
  {},
  [[]],
  [{}],
  { $gt: 1 },
  { $set: { a: 1 } },
  { $foo: 1 },
  { $expr: { $add: ["$a", { $size: "$b" }] } },
  { $regex: "(" },
  new Date(8.64e15),
  Long.MIN_VALUE,
  new Decimal128("NaN"),
  new Array(50).fill("x"),
  "x".repeat(5000),
);

const fieldNames = [
  "$a",
  "",
  "a.b",
  "filter",
  "let",
  "hint",
  "collation",
  "cursor",
  "txnNumber",
  "maxTimeMS",
  "$db",
];

/** The command with some of its values replaced, at any depth, and perhaps a field more. */
const strange: fc.Arbitrary<Document> = fc
  .tuple(
    fc.constantFrom(...commands),
    fc.array(fc.tuple(fc.nat(), surprise), { minLength: 1, maxLength: 2 }),
    fc.option(fc.tuple(fc.constantFrom(...fieldNames), surprise)),
  )
  .map(([command, replacements, extra]) => {
    let changed: Document = command;
    for (const [place, value] of replacements)
      changed = replaceAt(changed, { left: place % 12 }, value);
    return extra === null ? changed : { ...changed, [extra[0]]: extra[1] };
  });

function replaceAt<T>(value: T, counter: { left: number }, by: unknown): T {
  if (counter.left-- === 0) return by as T;
  if (Array.isArray(value)) return value.map((item) => replaceAt<unknown>(item, counter, by)) as T;
  if (
    typeof value !== "object" ||
    value === null ||
    Object.getPrototypeOf(value) !== Object.prototype
  )
    return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    replaceAt<unknown>(field, counter, by),
  ]);
  return Object.fromEntries(fields) as T;
}

function commandMessage(command: Document): Buffer {
  const body = typeof command === "object" && !Array.isArray(command) ? command : { ping: 1 };
  return frame(2013, 0, bodySection(body));
}

const wellFormed: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...commands).map(commandMessage) },
  { weight: 9, arbitrary: strange.map(commandMessage) },
  fc.tuple(fc.constantFrom("documents", "updates", "x"), fc.nat(3)).map(([name, count]) =>
    frame(
      2013,
      0,
      Buffer.concat([
        bodySection({ insert: "c" }),
        sequenceSection(
          name,
          Array.from({ length: count }, (_, i) => ({ i })),
        ),
      ]),
    ),
  ),
  fc
    .integer({ min: 50, max: 400 })
    .map((depth) => commandMessage({ find: "c", filter: nested(depth) })),
  fc
    .integer({ min: 50, max: 400 })
    .map((depth) => commandMessage({ insert: "c", documents: [nested(depth)] })),
);

const edit = fc.record({ at: fc.nat(), byte: fc.nat(255) });
const numbers = fc.constantFrom(
  0,
  1,
  -1,
  4,
  5,
  16,
  0x7fffffff,
  -0x80000000,
  48_000_001,
  2004,
  2012,
  2013,
);

/** Changes bytes, puts telling numbers where lengths may be, or cuts. */
const broken: fc.Arbitrary<Buffer> = fc
  .tuple(
    wellFormed,
    fc.oneof(
      fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) => (bytes: Buffer) => {
        for (const { at, byte } of edits) bytes[16 + (at % (bytes.length - 16))] = byte;
        return bytes;
      }),
      fc.tuple(fc.nat(), numbers).map(([at, number]) => (bytes: Buffer) => {
        bytes.writeInt32LE(number, at % (bytes.length - 4));
        return bytes;
      }),
      fc.tuple(fc.nat(), fc.boolean()).map(([at, honest]) => (bytes: Buffer) => {
        const kept = bytes.subarray(0, 16 + (at % (bytes.length - 16)));
        if (honest) kept.writeInt32LE(kept.length, 0);
        return kept;
      }),
    ),
  )
  .map(([message, damage]) => damage(Buffer.from(message)));

export const arbitraryMessage: fc.Arbitrary<FuzzMessage> = fc
  .oneof(
    { weight: 8, arbitrary: broken },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    },
  )
  .map((bytes) => {
    const announced = bytes.length >= 4 ? bytes.readInt32LE(0) : Infinity;
    return { bytes, complete: announced <= bytes.length };
  });

export const pingMessage = frame(2013, 0, bodySection({ ping: 1 }));
