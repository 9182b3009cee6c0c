import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expressionNames } from "../../server/embedded-mongo/aggregate/compile-expression.js";
import { stageNames } from "../../server/embedded-mongo/aggregate/run-pipeline.js";

describe("embedded-mongo README", function () {
  it("names every stage and expression that the server computes", function () {
    const text = readFileSync(join(process.cwd(), "server/embedded-mongo/README.md"), "utf8");
    const named = new Set(text.match(/\$\w+/g));
    assert.deepEqual(
      [...stageNames, ...expressionNames].filter((name) => !named.has(name)),
      [],
    );
  });
});
