import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import type { Campaign, SiteSettings } from "../../shared/wire.js";
import { findLink } from "../support/read-mail.js";
import { receiveMail, type MailReceiver, type ReceivedMail } from "../support/receive-mail.js";
import { callJson, signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";

/** A server with a real SMTP server behind it, an admin, and the demo shop's site. */
export interface Mailing {
  app: TestApp;
  smtp: MailReceiver;
  admin: OperatorApi;
  site: SiteSettings;
  shopOrigin: string;
  /** What the panel's box sends. */
  subscribe(email: string, extra?: Record<string, unknown>): Promise<number>;
  /** Subscribes, and presses the button of the link that arrives. */
  confirmed(email: string): Promise<void>;
  /** Sends to all confirmed and waits until it is done. */
  send(subject: string): Promise<Campaign>;
  campaign(id: string): Promise<Campaign>;
  waitForMail(to: string, subject: RegExp): Promise<ReceivedMail>;
  sentTo(to: string, subject: RegExp): ReceivedMail[];
  stop(): Promise<void>;
}

export async function startMailing(env: Record<string, string> = {}): Promise<Mailing> {
  const smtp = await receiveMail();
  const app = await startApp({
    env: {
      SMTP_URL: smtp.url,
      MAIL_RETRY_SECONDS: "0,0",
      RATE_SUBSCRIBE_ADDRESS: "1000/3600",
      // Every way of writing an address counts as that address.
      RATE_SUBSCRIBE_ACCOUNT: "4/3600",
      ...env,
    },
  });
  const admin = await signInAdmin(app);
  const site = (await admin.get<SiteSettings[]>(paths.sites)).body[0];
  assert.ok(site !== undefined && app.demoUrl !== null);
  const shopOrigin = app.demoUrl;

  const subscribe = async (email: string, extra: Record<string, unknown> = {}) => {
    const answer = await callJson(`${app.url}${paths.subscribe(site.key)}`, {
      method: "POST",
      headers: { origin: shopOrigin },
      body: {
        email,
        language: "en",
        url: `${shopOrigin}/?from=x`,
        text: "News by e-mail",
        ...extra,
      },
    });
    return answer.status;
  };
  const fits = (to: string, subject: RegExp) => (mail: ReceivedMail) =>
    mail.recipients.includes(to) && subject.test(mail.subject ?? "");
  const waitForMail = (to: string, subject: RegExp) => smtp.waitFor(fits(to, subject));
  const campaign = async (id: string) => {
    const list = await admin.get<Campaign[]>(paths.campaigns(site.id));
    const found = list.body.find((one) => one.id === id);
    assert.ok(found);
    return found;
  };

  return {
    app,
    smtp,
    admin,
    site,
    shopOrigin,
    subscribe,
    waitForMail,
    campaign,
    sentTo: (to, subject) => smtp.received.filter(fits(to, subject)),
    async confirmed(email) {
      assert.equal(await subscribe(email), 202);
      const link = findLink(await waitForMail(email, /Confirm/), "/confirm/");
      const answer = await fetch(link, { method: "POST" });
      assert.equal(answer.status, 200);
    },
    async send(subject) {
      const made = await admin.post<Campaign>(paths.campaigns(site.id), {
        subject,
        text: "Hinges are back.\n\nSee https://shop.example/hinges.",
      });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      return waitUntil(
        () => campaign(made.body.id),
        ({ state }) => state === "done",
      );
    },
    async stop() {
      await app.stop();
      await smtp.stop();
    },
  };
}

/** Asks until the answer fits; rejects after ten seconds with the last answer. */
export async function waitUntil<T>(
  ask: () => Promise<T>,
  fits: (answer: T) => boolean,
): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (Date.now() > end) throw new Error(`Still: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
