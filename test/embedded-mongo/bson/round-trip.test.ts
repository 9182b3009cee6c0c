import assert from "node:assert/strict";
import { calculateObjectSize, deserialize, serialize } from "bson";
import fc from "fast-check";
import { identicalValues } from "../../../server/embedded-mongo/bson/compare.js";
import { docOf } from "../../../server/embedded-mongo/bson/from-js.js";
import { maxMessageDepth, parseDoc } from "../../../server/embedded-mongo/bson/parse-bson.js";
import { serializeDoc } from "../../../server/embedded-mongo/bson/serialize-bson.js";
import { FarDate, type Doc } from "../../../server/embedded-mongo/bson/value.js";
import { MongoError } from "../../../server/embedded-mongo/mongo-error.js";
import { arbitraryDoc, seed } from "../support/arbitrary-values.js";

const parameters = { seed, numRuns: 500 };

describe("embedded-mongo bson: reading and writing", function () {
  it("gives back every document, byte for byte", function () {
    fc.assert(
      fc.property(arbitraryDoc, (doc) => {
        const bytes = serializeDoc(doc);
        const parsed = parseDoc(bytes);
        assert.ok(identicalValues(parsed, doc));
        assert.ok(serializeDoc(parsed).equals(bytes));
      }),
      parameters,
    );
  });

  it("writes bytes that the official library reads, of the length it expects", function () {
    fc.assert(
      fc.property(arbitraryDoc, (doc) => {
        const bytes = serializeDoc(doc);
        assert.equal(bytes.readInt32LE(0), bytes.length);
        deserialize(bytes, { promoteValues: false });
      }),
      parameters,
    );
  });

  it("reads what the official library writes", function () {
    const plain = { a: 1, b: "é", c: [1.5, { d: null }], e: new Date(5), f: true };
    const bytes = serialize(plain);
    assert.equal(bytes.length, calculateObjectSize(plain));
    assert.deepEqual(parseDoc(bytes), docOf(plain));
  });

  it("keeps the order of fields that look like numbers", function () {
    const doc: Doc = new Map([
      ["b", null],
      ["10", true],
      ["9", false],
    ]);
    assert.deepEqual([...parseDoc(serializeDoc(doc)).keys()], ["b", "10", "9"]);
  });

  it("keeps dates that JavaScript cannot hold", function () {
    const doc: Doc = new Map([["d", new FarDate(2n ** 62n)]]);
    const date = parseDoc(serializeDoc(doc)).get("d");
    assert.ok(date instanceof FarDate);
    assert.equal(date.millis, 2n ** 62n);
  });

  it("answers changed bytes with a coded error or a document, never with anything else", function () {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(
        arbitraryDoc,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (doc, changes) => {
          const bytes = serializeDoc(doc);
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          try {
            parseDoc(bytes);
          } catch (error) {
            assert.ok(
              error instanceof MongoError && (error.code === 22 || error.code === 15),
              String(error),
            );
          }
        },
      ),
      { seed, numRuns: 3000 },
    );
  });

  it("refuses every truncation", function () {
    const bytes = serializeDoc(docOf({ a: 1, b: { c: "text", d: [1, 2] } }));
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => parseDoc(bytes.subarray(0, length)), MongoError);
  });

  it("refuses nesting that would exhaust the stack", function () {
    let doc: Doc = new Map();
    for (let i = 0; i < maxMessageDepth + 1; i++) doc = new Map([["a", doc]]);
    const bytes = serializeDoc(doc);
    assert.throws(
      () => parseDoc(bytes),
      (error) => error instanceof MongoError && error.code === 15,
    );
  });

  it("refuses a field that is given twice", function () {
    const bytes = Buffer.concat([
      serializeDoc(docOf({ a: 1 })).subarray(0, -1),
      serializeDoc(docOf({ a: 2 })).subarray(4),
    ]);
    bytes.writeInt32LE(bytes.length, 0);
    assert.throws(() => parseDoc(bytes), /'a' is given twice/);
  });
});
