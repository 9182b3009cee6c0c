import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hardTests, mayWait, rules } from "./rule-list.js";

const page = "docs/privacy-rules.md";

interface Title {
  file: string;
  text: string;
}

/** Titles of all tests, as their sources write them. */
function readTitles(): Title[] {
  const files = readdirSync("test", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .sort();
  return files.flatMap((name) => {
    const source = readFileSync(join("test", name), "utf8");
    return [...source.matchAll(/\b(?:it|describe)\(\s*(["`])((?:(?!\1).)+)\1/gs)].map(
      ([, , text]) => ({
        file: `test/${name}`,
        text: text ?? "",
      }),
    );
  });
}

const names = (title: Title, id: string): boolean => new RegExp(`\\b${id}\\b`).test(title.text);

function renderTable(titles: Title[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const filesOf = (id: string) => [
    ...new Set(titles.filter((title) => names(title, id)).map(({ file }) => file)),
  ];
  const links = (files: string[]) =>
    files.map((file) => `[${file.slice(5, -8)}](../${file})`).join(", ");
  const rows = rules.map(({ id, does, setting, later }) => {
    const files = filesOf(id);
    const state = later === undefined ? "held" : `later: ${later}`;
    return `| ${id} | ${cell(does)} | ${setting === "" ? "" : `\`${setting}\``} | ${links(files)} | ${state} |`;
  });
  const hard = hardTests.map((n) => `| ${n} | ${links(filesOf(`hard test ${n}`))} |`);
  return [
    "# Privacy rules",
    "",
    "What the software does with personal data: the rule, the site's setting that moves it, the tests that prove it. `npm test`",
    "writes this table from the titles of the tests, and fails where a rule has none. Settings are in the dashboard, in the",
    "site's rules, and hold from the next decision on.",
    "",
    "| rule | what the software does | setting | tests | state |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
    "## Hard tests",
    "",
    "| number | tests |",
    "| --- | --- |",
    ...hard,
    "",
  ].join("\n");
}

describe("the table of privacy rules", () => {
  const titles = readTitles();

  for (const { id, later } of rules) {
    it(`names a test for ${id}${later === undefined ? "" : ", or what it waits for"}`, () => {
      if (later !== undefined) assert.ok(mayWait.has(id), `${id} may not wait`);
      else
        assert.ok(
          titles.some((title) => names(title, id)),
          `no test title names ${id}`,
        );
    });
  }

  for (const n of hardTests) {
    it(`names a test for hard test ${n}`, () => {
      assert.ok(titles.some((title) => names(title, `hard test ${n}`)));
    });
  }

  it("is written down; in CI the page that is there names every rule and links tests that exist", () => {
    if (process.env["CI"] !== "true") {
      writeFileSync(page, renderTable(titles));
      return;
    }
    const written = readFileSync(page, "utf8");
    for (const { id, later } of rules) {
      const row = new RegExp(
        `^\\| ${id} .*\\| ${later === undefined ? "held" : "later: .*"} \\|$`,
        "m",
      );
      assert.match(written, row, `${page} is not up to date: run npm test and commit it`);
    }
    for (const [, file = ""] of written.matchAll(/\]\(\.\.\/([^)]+)\)/g))
      assert.ok(existsSync(file), `${page} links ${file}, which is not there`);
  });
});
