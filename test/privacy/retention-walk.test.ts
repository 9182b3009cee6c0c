import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Collections that are not swept by `expireAt`, and why that is right. */
const withoutPeriod: Record<string, string> = {
  Site: "a site lives until its owner deletes it",
  Operator: "an account lives until an admin deletes it",
  KeyCheck: "knows the keys again; must outlive all data",
  VisitorNumber: "one counter a site; a number of visitors is nobody's data",
  Conversation: "has expireAt; a job removes it together with its messages and photos",
  RowDebtor: "one record a running server; says nothing of anybody",
  RowDebt:
    "names of conversations for two minutes; the next start or another server takes what a crash left",
  Message: "goes with its conversation, in expire-conversations and eraseConversations",
  Attachment: "goes with its conversation; unnamed uploads after an hour, by sweep-attachments",
  BlobFile: "goes with the attachment or original that names it",
  BlobChunk: "goes with its BlobFile",
  Original: "deleteAt, and a worker that deletes record and bytes together",
  Suppression: "an opt-out is obeyed for ever; hashes only",
  Policy: "published texts; consents refer to them",
  Recipient: "companies, not people",
  Transfer: "an announcement of the site's owner",
  PhotoCount: "counters without names",
  Campaign: "the site's own text; who got it stands in mail_log, which has a period",
};

describe("every collection has a period or a reason (JPEGR-04)", () => {
  const sources = readdirSync("server", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("-store.ts") && !name.startsWith("embedded-mongo"))
    .map((name) => ({ name, text: readFileSync(join("server", name), "utf8") }));

  it("finds the stores", () => {
    assert.ok(sources.length > 20, String(sources.length));
  });

  for (const { name, text } of sources) {
    const models = [...text.matchAll(/db\.model(?:<[^>]*>)?\(\s*"?(\w+)"?/g)].map(
      ([, model]) => model ?? "",
    );
    if (models.length === 0) continue;
    it(`${name}: ${models.join(", ")} (JPEGR-04)`, () => {
      const swept = /index\(\{ expireAt: 1 \}, \{ expireAfterSeconds: 0 \}\)/.test(text);
      for (const model of models) {
        const reason = withoutPeriod[model];
        // A store with one model must say one of the two; where there are several, each by its reason.
        assert.ok(
          reason !== undefined || swept,
          `${model} has neither expireAt with a TTL index nor a listed reason`,
        );
      }
    });
  }

  it("lists no reason for a collection that is not there", () => {
    const all = sources.map(({ text }) => text).join("\n");
    const unknown = Object.keys(withoutPeriod).filter((model) => !all.includes(`"${model}"`));
    assert.deepEqual(unknown, []);
  });

  it("carries a site, or says why not, in every store that keeps people's data", () => {
    for (const { name, text } of sources) {
      if (!/db\.model/.test(text)) continue;
      assert.ok(/\bsite\b/.test(text), `${name} has no site`);
    }
  });
});
