import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expressionNames } from "../../server/embedded-mongo/aggregate/compile-expression.js";
import { handlers } from "../../server/embedded-mongo/commands/handlers.js";
import { schemaKeywords } from "../../server/embedded-mongo/query/schema/compile-schema.js";
import { stageNames } from "../../server/embedded-mongo/aggregate/run-pipeline.js";

const text = readFileSync(join(process.cwd(), "server/embedded-mongo/README.md"), "utf8");
const named = new Set(text.match(/\$?\w+/g));

/** Other spellings of commands, which need no line of their own. */
const otherNames = /^(isMaster|buildinfo|collstats|dbstats|findandmodify|deleteIndexes|ismaster)$/;

describe("embedded-mongo README", function () {
  it("names every stage and expression that the server computes", function () {
    const computed = [...stageNames, ...expressionNames];
    assert.deepEqual(
      computed.filter((name) => !named.has(name)),
      [],
    );
  });

  it("names every command, and every keyword of $jsonSchema", function () {
    const commands = Object.keys(handlers).filter((name) => !otherNames.test(name));
    assert.deepEqual(
      [...commands, ...schemaKeywords].filter((name) => !named.has(name)),
      [],
    );
  });
});
