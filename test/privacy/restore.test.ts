import assert from "node:assert/strict";
import { MongoClient, type Document } from "mongodb";
import { paths } from "../../shared/paths.js";
import type { ChainRow } from "../../shared/privacy.js";
import { startMailing, type Mailing } from "../mail/start-mailing.js";
import { visitShop } from "../browser/write-as-visitor.js";
import { openPrivacyPage } from "../support/open-privacy-page.js";
import { findLink } from "../support/read-mail.js";

/** Puts a store back as a backup had it. */
async function restore(url: string, backup: Record<string, Document[]>): Promise<void> {
  const client = await MongoClient.connect(url);
  const named = /^mongodb:\/\/[^/]*\/[^?]/.test(url);
  const db = named ? client.db() : client.db("porchlight");
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray())
    await db.collection(name).deleteMany({});
  for (const [name, documents] of Object.entries(backup))
    if (documents.length > 0) await db.collection(name).insertMany(documents);
  await client.close();
}

describe("a backup taken before an erasure and an opt-out", () => {
  let mailing: Mailing;
  before(async () => {
    mailing = await startMailing();
  });
  after(() => mailing.stop());

  it("is put back with the journal kept, and both still hold (hard test 12)", async () => {
    const { app, admin, site } = mailing;
    const visitor = visitShop(app);
    await visitor.write("my secret question");
    await mailing.confirmed("reader@example.org");
    await mailing.send("First");
    const mail = await mailing.waitForMail("reader@example.org", /First/);
    const before = await app.openStore();
    const backup = await before.dump();
    await before.close();
    assert.ok(JSON.stringify(backup).includes("my secret question"));

    const page = await openPrivacyPage(app, visitor.token);
    assert.equal((await page.send("erase", { scope: "all", sure: "1" })).status, 200);
    assert.equal((await fetch(findLink(mail, "/u/"), { method: "POST" })).status, 200);
    visitor.leave();

    await restore(app.storeUrl(), backup);
    await app.restart();

    const after = await app.openStore();
    const everything = JSON.stringify(await after.dump());
    assert.equal(everything.includes("my secret question"), false, "the erasure holds");
    assert.equal(await after.count("suppressions"), 1, "the opt-out holds");
    await after.close();
    const revived = await fetch(`${app.url}${paths.privacyTicket(site.key)}`, {
      method: "POST",
      headers: { origin: mailing.shopOrigin, authorization: `Bearer ${visitor.token}` },
    });
    assert.equal(revived.status, 401, "the token stays dead");
    const again = await mailing.send("Second");
    assert.equal(again.sent, 0);
    const chains = await admin.get<ChainRow[]>(paths.privacyView(site.id, "chains"));
    assert.deepEqual(
      chains.body.filter((chain) => !chain.ok),
      [],
    );
  });
});
