import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDoc } from "../../../server/embedded-mongo/bson/parse-bson.js";
import { serializeDoc } from "../../../server/embedded-mongo/bson/serialize-bson.js";
import { parseEjson } from "../../../server/embedded-mongo/dump/parse-ejson.js";
import { parseJson } from "../../../server/embedded-mongo/dump/parse-json.js";
import { writeEjson } from "../../../server/embedded-mongo/dump/write-ejson.js";

interface CorpusFile {
  description: string;
  valid?: {
    description: string;
    canonical_bson: string;
    canonical_extjson: string;
    lossy?: boolean;
  }[];
}

const folder = join(process.cwd(), "../shared/data/mongodb-specs/bson-corpus");

describe("embedded-mongo dump: Extended JSON", () => {
  it("keeps the order of fields with numeric names", () => {
    const text = '{"b":"x","10":"y","9":{"2":null,"1":true}}';
    assert.equal(writeEjson(parseEjson(text)), text);
  });

  it("reads plain numbers as relaxed Extended JSON has them", () => {
    const doc = parseEjson('{"a":1,"b":4294967296,"c":1.5,"d":-0}');
    assert.equal(
      writeEjson(doc),
      '{"a":{"$numberInt":"1"},"b":{"$numberLong":"4294967296"},"c":{"$numberDouble":"1.5"},"d":{"$numberDouble":"-0.0"}}',
    );
  });

  for (const bad of [
    "",
    "{",
    '{"a":1,}',
    '{"a" 1}',
    "[1",
    '{"a":01}',
    '{"a":"\n"}',
    "{} x",
    '{"a":{"$oid":"zz"}}',
  ])
    it(`refuses ${JSON.stringify(bad)}`, () => {
      assert.throws(() => parseEjson(bad));
    });

  it("refuses nesting that would exhaust the stack", () => {
    assert.throws(() => parseJson("[".repeat(100_000)), SyntaxError);
  });
});

describe("embedded-mongo dump: the BSON corpus as Extended JSON (skipped where ../shared/data is missing)", function () {
  if (!existsSync(folder)) {
    it("needs ../shared/data/mongodb-specs/bson-corpus", function () {
      this.skip();
    });
    return;
  }
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const corpus = JSON.parse(readFileSync(join(folder, file), "utf8")) as CorpusFile;
    for (const { description, canonical_bson, canonical_extjson, lossy } of corpus.valid ?? [])
      it(`${corpus.description}: ${description}`, () => {
        const bytes = Buffer.from(canonical_bson, "hex");
        const written = writeEjson(parseDoc(bytes));
        assert.deepEqual(JSON.parse(written), JSON.parse(canonical_extjson));
        if (lossy === true) return;
        assert.equal(serializeDoc(parseEjson(written)).toString("hex"), bytes.toString("hex"));
        assert.equal(
          serializeDoc(parseEjson(canonical_extjson)).toString("hex"),
          bytes.toString("hex"),
        );
      });
  }
});
