import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDoc } from "../../../server/embedded-mongo/bson/parse-bson.js";
import { serializeDoc } from "../../../server/embedded-mongo/bson/serialize-bson.js";
import { MongoError } from "../../../server/embedded-mongo/mongo-error.js";

interface CorpusFile {
  description: string;
  valid?: { description: string; canonical_bson: string; degenerate_bson?: string }[];
  decodeErrors?: { description: string; bson: string }[];
}

const folder = join(process.cwd(), "../shared/data/mongodb-specs/bson-corpus");

describe("embedded-mongo bson: the BSON corpus (skipped where ../shared/data is missing)", function () {
  if (!existsSync(folder)) {
    it("needs ../shared/data/mongodb-specs/bson-corpus", function () {
      this.skip();
    });
    return;
  }
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const corpus = JSON.parse(readFileSync(join(folder, file), "utf8")) as CorpusFile;
    for (const { description, canonical_bson, degenerate_bson } of corpus.valid ?? [])
      it(`${corpus.description}: ${description} comes back byte for byte`, function () {
        const bytes = Buffer.from(canonical_bson, "hex");
        assert.deepEqual(serializeDoc(parseDoc(bytes)).toString("hex"), bytes.toString("hex"));
        if (degenerate_bson === undefined) return;
        const parsed = parseDoc(Buffer.from(degenerate_bson, "hex"));
        assert.deepEqual(serializeDoc(parsed).toString("hex"), bytes.toString("hex"));
      });
    for (const { description, bson } of corpus.decodeErrors ?? [])
      it(`${corpus.description}: refuses ${description}`, function () {
        assert.throws(
          () => parseDoc(Buffer.from(bson, "hex")),
          (error) => error instanceof MongoError && error.code === 22,
        );
      });
  }
});
