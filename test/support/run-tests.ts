import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Mocha from "mocha";
import { findTool, installTools, tools, type ToolName } from "./tools.js";

/**
 * The whole suite: `npm test -- [--install] [--only-store]`.
 * `--install` fetches missing tools with apt; `--only-store` runs what touches the store and no
 * browser, for a store that is not ours (TEST_MONGO_URL). The last line is `N passed, N failed`.
 */
const { values: flags } = parseArgs({
  options: {
    install: { type: "boolean", default: false },
    "only-store": { type: "boolean", default: false },
  },
});
if (flags.install) installTools();
for (const name of Object.keys(tools) as ToolName[]) {
  if (findTool(name) === null)
    process.stdout.write(`Without ${name}: apt-get install ${tools[name].apt}\n`);
}

const withoutStore = /\/test\/(browser|faults|widget|dashboard|shared|demo-shop|bench)\//;
const ownStore = /\/test\/embedded-mongo\/(?!.*differential)/;
const folder = fileURLToPath(new URL("../", import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.js"))
  .map((name) => `${folder}${name}`)
  .filter((path) => !flags["only-store"] || !(withoutStore.test(path) || ownStore.test(path)))
  .sort();

const mocha = new Mocha({ timeout: 20_000, reporter: "spec", forbidOnly: true });
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();

const runner = mocha.run();
const stats = await new Promise<Mocha.Stats | undefined>((done) => {
  runner.once("end", () => done(runner.stats));
});
const passes = stats?.passes ?? 0;
const failures = stats?.failures ?? 0;
const skipped = stats?.pending ?? 0;
process.stdout.write(
  `${passes} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
// What a test left open must not keep the run from ending.
process.exit(failures > 0 || passes === 0 ? 1 : 0);
