import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  startEmbeddedMongo,
  type EmbeddedMongo,
} from "../../server/embedded-mongo/start-embedded-mongo.js";
import { knownExceptions } from "./unified/known-exceptions.js";
import { parseTestFile, runnableTests, runUnifiedTest } from "./unified/run-test-file.js";

const folder = join(process.cwd(), "../shared/data/mongodb-specs");
const version = "7.0.0";

describe("embedded-mongo: what the MongoDB specifications expect of a 7.0 server", function () {
  if (!existsSync(folder)) {
    it("needs ../shared/data/mongodb-specs", function () {
      this.skip();
    });
    return;
  }
  let dataDir: string;
  let server: EmbeddedMongo;
  before(async function () {
    dataDir = mkdtempSync(join(tmpdir(), "conformance-"));
    server = await startEmbeddedMongo({ dataDir });
  });
  after(async function () {
    await server.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  for (const part of ["crud", "gridfs"])
    for (const name of readdirSync(join(folder, part)).filter((file) => file.endsWith(".json"))) {
      const file = parseTestFile(readFileSync(join(folder, part, name), "utf8"));
      for (const test of runnableTests(file, version)) {
        const title = `${part}/${name}: ${test.description}`;
        const exception = knownExceptions.find(({ pattern }) => pattern.test(title));
        it(
          exception === undefined ? title : `${title} (left out: ${exception.reason})`,
          async function () {
            if (exception !== undefined) this.skip();
            await runUnifiedTest(file, test, server.url);
          },
        );
      }
    }
});
