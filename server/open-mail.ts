import type { FastifyInstance } from "fastify";
import type { Config } from "./config.js";
import type { Guards } from "./http/guards.js";
import type { Clock } from "./infra/clock.js";
import type { Journal } from "./infra/journal.js";
import type { Keys } from "./infra/keys.js";
import type { Log } from "./infra/log.js";
import type { Mongo } from "./infra/mongo.js";
import type { RateLimits } from "./infra/rate-limits.js";
import { registerCampaignRoutes } from "./mail/campaign-routes.js";
import { openCampaignSender } from "./mail/campaign-sender.js";
import { createCampaignStore } from "./mail/campaign-store.js";
import { hashAddress } from "./mail/hash-address.js";
import { registerLinkRoutes } from "./mail/link-routes.js";
import { openMailLater } from "./mail/mail-later.js";
import { createMailLogStore } from "./mail/mail-log-store.js";
import { createOutboxStore } from "./mail/outbox-store.js";
import { sendWaiting } from "./mail/send-waiting.js";
import { registerSubscribeRoutes } from "./mail/subscribe-routes.js";
import { createSubscriberStore } from "./mail/subscriber-store.js";
import { replaySuppressions, suppressAddress } from "./mail/suppress-address.js";
import { createSuppressionStore } from "./mail/suppression-store.js";
import { openTransport } from "./mail/transport.js";
import type { OutgoingMail } from "./mail/outgoing-mail.js";
import type { SubscribeDeps } from "./mail/subscribe.js";
import type { AppendAudit } from "./privacy/append-audit.js";
import type { Site } from "./sites/site.js";

interface MailParts extends Pick<SubscribeDeps, "consents" | "encryptAddress"> {
  db: Mongo["connection"];
  config: Pick<Config, "publicUrl" | "smtpUrl" | "mailFrom" | "newsFrom" | "mailRetrySeconds">;
  clock: Clock;
  log: Log;
  keys: Keys;
  journal: Journal;
  appendAudit: AppendAudit;
  getSite(id: string): Promise<Site>;
}

/** Longest wait for hand-offs that run when the server stops. */
const stopWithinMs = 3000;

/** Wires the mail feature: stores, the one transport, and what sends in the background. */
export function openMail(parts: MailParts) {
  const { db, config, ...shared } = parts;
  const transport = config.smtpUrl === null ? null : openTransport(config.smtpUrl);
  const deps = {
    ...shared,
    publicUrl: config.publicUrl,
    mailFrom: config.mailFrom,
    newsFrom: config.newsFrom,
    retryAfterMs: config.mailRetrySeconds.map((seconds) => seconds * 1000),
    transport,
    outbox: createOutboxStore(db),
    mailLog: createMailLogStore(db),
    subscribers: createSubscriberStore(db),
    suppressions: createSuppressionStore(db),
    campaigns: createCampaignStore(db),
  };
  const campaignSender = openCampaignSender(deps);
  let waiting = Promise.resolve();
  const mailLater = openMailLater(deps);
  const verbs = {
    ...deps,
    campaignSender,
    mailLater: (mail: OutgoingMail) => mailLater.send(mail),
  };

  return {
    subscribers: verbs.subscribers,
    mailLater: verbs.mailLater,
    async registerRoutes(
      server: FastifyInstance,
      edges: { guards: Guards; rateLimits: RateLimits },
    ): Promise<void> {
      registerSubscribeRoutes(server, { ...verbs, ...edges });
      registerCampaignRoutes(server, { ...verbs, ...edges });
      await registerLinkRoutes(server, { ...verbs, ...edges });
    },
    /** For privacy requests: a mail that answers what a person just did. */
    sendTransactional(
      site: Site,
      to: string,
      mail: Pick<OutgoingMail, "subject" | "text" | "button" | "language">,
    ): void {
      mailLater.send({ siteId: site.id, to, kind: "transactional", ...mail });
    },
    /** Opt-out for an address by name, from a request or an operator. */
    async suppress(site: string, address: string, reason: string, source: string): Promise<void> {
      await suppressAddress(deps, {
        siteId: site,
        addressH: hashAddress(parts.keys, address),
        keyId: parts.keys.address.id,
        scope: "marketing",
        reason,
        source,
      });
    },
    /** What is kept about an address, for its owner's export; null where there is nothing. */
    async exportPerson(site: string, addressH: string) {
      const subscriber = await deps.subscribers.find(site, addressH);
      const suppressions = await deps.suppressions.find(site, addressH);
      const log = await deps.mailLog.listOf(site, addressH);
      if (subscriber === null && suppressions.length === 0 && log.length === 0) return null;
      return {
        subscriber,
        suppressions: suppressions.map(({ scope, reason, at }) => ({ scope, reason, at })),
        mailLog: log.map((row) => ({
          class: row.class,
          campaign: row.campaign,
          state: row.state,
          reason: row.reason,
          at: row.at,
        })),
      };
    },
    /** Erases subscriber, mail log and outbox of an address; its suppression stays (hard test 3). */
    async erasePerson(site: string, addressH: string): Promise<void> {
      const subscriber = await deps.subscribers.find(site, addressH);
      if (subscriber !== null) await deps.outbox.erase(site, subscriber.address);
      await deps.mailLog.erase(site, addressH);
      await deps.subscribers.erase(site, addressH);
    },
    /** Before serving: journal into store, then what a stop interrupted. */
    async resume(): Promise<void> {
      const missing = await replaySuppressions(deps);
      if (missing > 0) parts.log.warn({ missing }, "opt-outs of the journal were stored again");
      await campaignSender.resume();
      waiting = sendWaiting(deps).catch((error: unknown) =>
        parts.log.error({ err: error }, "mail that waited was not sent"),
      );
    },
    /** Ends before the store closes. */
    async stop(): Promise<void> {
      // A mail server that holds a hand-off must not hold the stop: closing ends it as "interrupted".
      const cut = setTimeout(() => transport?.close(), stopWithinMs);
      await Promise.all([campaignSender.stop(), mailLater.stop(), waiting]);
      clearTimeout(cut);
      transport?.close();
    },
  };
}
