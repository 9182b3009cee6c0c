import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { SMTPServer } from "smtp-server";
import { paths } from "../../shared/paths.js";
import type { Campaign, SiteSettings } from "../../shared/wire.js";
import { startCuttableStore } from "../support/cuttable-store.js";
import { findLink } from "../support/read-mail.js";
import { receiveMail } from "../support/receive-mail.js";
import { runServer, type ServerProcess } from "../support/run-server.js";
import { adminForm, callJson } from "../support/sign-in.js";
import { testEnv } from "../support/start-app.js";
import { startMailing, waitUntil, type Mailing } from "./start-mailing.js";

describe("what an opt-out and a mailing survive", () => {
  let mailing: Mailing;
  const optOutLink = async (email: string, subject: string) =>
    findLink(await mailing.waitForMail(email, new RegExp(subject)), "/u/");

  it("answers 503 and never 'done' while the store is down, and 200 when it is back", async () => {
    const store = await startCuttableStore();
    mailing = await startMailing(store.env);
    try {
      await mailing.confirmed("down@example.org");
      await mailing.send("Before");
      const link = await optOutLink("down@example.org", "Before");
      store.cut();
      const refused = await fetch(link, { method: "POST" });
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.headers.get("retry-after")) > 0);
      const html = await refused.text();
      assert.match(html, /Not saved yet/);
      assert.match(html, /<button[^>]*>Try again/);
      assert.doesNotMatch(html, /has stopped|No more news/);
      assert.equal((await fetch(`${mailing.app.url}/readyz`)).status, 503);
      assert.equal((await fetch(`${mailing.app.url}/healthz`)).status, 200);
      store.mend();
      await waitUntil(
        async () => (await fetch(`${mailing.app.url}/readyz`)).status,
        (status) => status === 200,
      );
      assert.equal((await fetch(link, { method: "POST" })).status, 200);
      await mailing.send("After");
      assert.equal(mailing.sentTo("down@example.org", /After/).length, 0);
    } finally {
      await mailing.stop();
      await store.stop();
    }
  });

  it("hard test 12: a store older than the opt-out gets it back from the journal before anything is sent", async () => {
    mailing = await startMailing();
    try {
      await mailing.confirmed("old@example.org");
      await mailing.send("One");
      await fetch(await optOutLink("old@example.org", "One"), { method: "POST" });

      const folder = mailing.app.config.journalDir;
      const files = await readdir(folder);
      const journal = (
        await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")))
      ).join("");
      assert.match(journal, /"kind":"suppression"/);
      assert.doesNotMatch(journal, /old@example|old••/, "hashes only");

      // What a backup from before the opt-out lacks.
      const client = await MongoClient.connect(mailing.app.storeUrl());
      const named = mailing.app.config.mongoUrl !== null;
      const db = named ? client.db() : client.db("porchlight");
      assert.equal((await db.collection("suppressions").deleteMany({})).deletedCount, 1);
      await client.close();

      await mailing.app.restart();
      await mailing.send("Two");
      assert.equal(mailing.sentTo("old@example.org", /Two/).length, 0);
    } finally {
      await mailing.stop();
    }
  });

  it("hard test 5: an opt-out between two tries of a hand-off stops the mail", async () => {
    mailing = await startMailing({ MAIL_RETRY_SECONDS: "2,2" });
    const { smtp, admin, site } = mailing;
    try {
      await mailing.confirmed("late@example.org");
      await mailing.send("First");
      const link = await optOutLink("late@example.org", "First");
      let tries = 0;
      smtp.refuse = () => {
        tries++;
        return { code: 451, text: "Try again later" };
      };
      const made = await admin.post<Campaign>(paths.campaigns(site.id), {
        subject: "Held",
        text: "x",
      });
      await waitUntil(
        () => Promise.resolve(tries),
        (count) => count === 1,
      );
      smtp.refuse = null;
      assert.equal((await fetch(link, { method: "POST" })).status, 200);
      const done = await waitUntil(
        () => mailing.campaign(made.body.id),
        ({ state }) => state === "done",
      );
      assert.deepEqual(
        { sent: done.sent, refused: done.refused, tries },
        { sent: 0, refused: [{ reason: "suppressed", count: 1 }], tries: 1 },
      );
      assert.equal(mailing.sentTo("late@example.org", /Held/).length, 0);
    } finally {
      await mailing.stop();
    }
  });

  it("tries again what the mail server does not take now, and reports what it refuses for good", async () => {
    mailing = await startMailing();
    try {
      await mailing.confirmed("soon@example.org");
      await mailing.confirmed("never@example.org");
      let first = true;
      mailing.smtp.refuse = (recipient) => {
        if (recipient === "never@example.org") return { code: 550, text: "No such mailbox" };
        const refusal = first ? { code: 450, text: "Busy" } : null;
        first = false;
        return refusal;
      };
      const result = await mailing.send("Tries");
      assert.equal(result.sent, 1);
      assert.deepEqual(result.refused, [{ reason: "smtp", count: 1 }]);
      assert.equal(mailing.sentTo("soon@example.org", /Tries/).length, 1);
    } finally {
      await mailing.stop();
    }
  });

  it("XIM-03: opt-out in the middle of a mailing; killed there, it goes on after a restart and sends nothing twice", async function () {
    this.timeout(60_000);
    const dataDir = await mkdtemp(join(tmpdir(), "porchlight-"));
    const ordinary = await receiveMail();
    const slow = await startHoldingSmtp();
    const base = await testEnv(dataDir);
    const env = {
      ...base,
      PUBLIC_URL: `http://localhost:${base["PORT"] ?? ""}`,
      RATE_SUBSCRIBE_ADDRESS: "1000/60",
    };
    const url = env.PUBLIC_URL;
    const processes: ServerProcess[] = [];
    const boot = async (smtpUrl: string) => {
      const server = runServer("main", { ...env, SMTP_URL: smtpUrl });
      processes.push(server);
      return { server, text: await server.waitFor(/Data {8}/) };
    };
    try {
      // Five confirmed readers.
      const first = await boot(ordinary.url);
      const signedIn = await callJson(`${url}${paths.setup}`, {
        method: "POST",
        headers: { origin: url },
        body: { ...adminForm, token: /setup\/([\w-]{43})/.exec(first.text)?.[1] },
      });
      const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
      const call = <T>(path: string, body?: unknown) =>
        callJson<T>(`${url}${path}`, {
          method: body === undefined ? "GET" : "POST",
          headers: { origin: url, cookie },
          body,
        });
      await call(paths.confidentiality, { accepted: true });
      const site = (await call<SiteSettings[]>(paths.sites)).body[0];
      assert.ok(site);
      const readers = Array.from({ length: 5 }, (_, at) => `reader${at}@example.org`);
      for (const email of readers) {
        await callJson(`${url}${paths.subscribe(site.key)}`, {
          method: "POST",
          headers: { origin: site.origins[0] ?? "" },
          body: { email },
        });
        const mail = await ordinary.waitFor(({ recipients }) => recipients.includes(email));
        await fetch(findLink(mail, "/confirm/"), { method: "POST" });
      }
      await call(paths.campaigns(site.id), { subject: "Zero", text: "x" });
      const links = new Map<string, string>();
      for (const email of readers) {
        const mail = await ordinary.waitFor(
          (one) => one.subject === "Zero" && one.recipients.includes(email),
        );
        links.set(email, findLink(mail, "/u/"));
      }
      first.server.child.kill("SIGTERM");
      await first.server.exited;

      // The mail server holds the first three hand-offs; one of the others opts out; the process is killed.
      const second = await boot(slow.url);
      const made = await call<Campaign>(paths.campaigns(site.id), { subject: "Held", text: "x" });
      await waitUntil(
        () => Promise.resolve(slow.held.length),
        (count) => count === 3,
      );
      const waiting = readers.filter((email) => !slow.held.includes(email));
      const leaver = waiting[0] ?? "";
      assert.equal((await fetch(links.get(leaver) ?? "", { method: "POST" })).status, 200);
      second.server.child.kill("SIGKILL");
      await second.server.exited;

      await boot(ordinary.url);
      const find = async () =>
        (await call<Campaign[]>(paths.campaigns(site.id))).body.find(
          ({ id }) => id === made.body.id,
        );
      const done = await waitUntil(find, (campaign) => campaign?.state === "done");
      assert.deepEqual(done?.refused, [
        { reason: "suppressed", count: 1 },
        { reason: "interrupted", count: 3 },
      ]);
      const got = ordinary.received
        .filter(({ subject }) => subject === "Held")
        .flatMap(({ recipients }) => recipients);
      assert.deepEqual(got.sort(), waiting.slice(1).sort());
    } finally {
      for (const { child, exited } of processes) {
        child.kill("SIGKILL");
        await exited;
      }
      await slow.stop();
      await ordinary.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

/** An SMTP server that takes the text and never answers. */
async function startHoldingSmtp() {
  const held: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    logger: false,
    onData(stream, session) {
      held.push(...session.envelope.rcptTo.map(({ address }) => address));
      stream.resume();
    },
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    held,
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    stop: () => new Promise<void>((done) => server.close(done)),
  };
}
