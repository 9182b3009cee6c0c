import { makeId } from "../../shared/ids.js";
import { mayMail, type MailRecipient } from "../../shared/mail-rules.js";
import { paths } from "../../shared/paths.js";
import type { Clock } from "../infra/clock.js";
import type { Keys } from "../infra/keys.js";
import type { Log } from "../infra/log.js";
import type { Site } from "../sites/site.js";
import { chooseWords } from "../words/choose-words.js";
import { hashAddress } from "./hash-address.js";
import type { MailLogStore, RefusalReason } from "./mail-log-store.js";
import { maskAddress } from "./normal-address.js";
import { makeOptOutToken } from "./opt-out-token.js";
import type { OutboxStore } from "./outbox-store.js";
import type { OutgoingMail } from "./outgoing-mail.js";
import { renderMail } from "./render-mail.js";
import type { SubscriberStore } from "./subscriber-store.js";
import type { SuppressionStore } from "./suppression-store.js";
import type { Transport } from "./transport.js";

export interface SendDeps {
  clock: Clock;
  log: Log;
  keys: Keys;
  publicUrl: URL;
  /** Name and address of the sender, as in a From header; for news and for all other mail. */
  mailFrom: string;
  newsFrom: string;
  /** Null: mail waits in the outbox. */
  transport: Transport | null;
  outbox: OutboxStore;
  mailLog: MailLogStore;
  subscribers: SubscriberStore;
  suppressions: SuppressionStore;
  /** Fresh from the store: a rule that changed a moment ago counts. */
  getSite(id: string): Promise<Site>;
}

export type Delivery =
  | { state: "sent" }
  | { state: "refused"; reason: RefusalReason }
  /** Not now: asked again later, and the rules with it. */
  | { state: "later" };

/**
 * Renders a mail, asks the rules, hands it over. The question stands right before the hand-off, so an
 * opt-out that came a moment ago, or between two tries, is obeyed (XIM-03, hard test 5).
 */
export async function sendMail(deps: SendDeps, mail: OutgoingMail): Promise<Delivery> {
  const site = await deps.getSite(mail.siteId);
  const addressH = hashAddress(deps.keys, mail.to);
  const optOutUrl =
    mail.kind === "marketing" || mail.withOptOut === true
      ? optOutLink(deps, site.id, mail.to, addressH)
      : null;
  const { language } = chooseWords(mail.language, site.language);
  const rendered = renderMail(
    { ...site, language },
    {
      kind: mail.kind,
      subject: mail.subject,
      text: mail.text,
      ...(mail.button === undefined ? {} : { button: mail.button }),
      optOutUrl,
      because: mail.because ?? null,
    },
  );
  const from = readSender(mail.kind === "marketing" ? deps.newsFrom : deps.mailFrom, site.name);
  const ready = {
    to: mail.to,
    from,
    replyTo: site.controller.email === "" ? null : site.controller.email,
    ...rendered,
    headers: optOutUrl === null ? {} : listHeaders(deps.publicUrl, site, optOutUrl),
  };

  const verdict = mayMail(mail.kind, site.rules, await findRecipient(deps, site.id, addressH));
  if (!verdict.allowed) return { state: "refused", reason: verdict.reason };
  if (deps.transport === null) {
    const shown = { subject: rendered.subject, text: rendered.text };
    await deps.outbox.insert(newId(), mail, shown, deps.clock.now());
    return { state: "refused", reason: "not_sent" };
  }
  switch (await deps.transport.handOver(ready)) {
    case "taken":
      return { state: "sent" };
    case "refused":
      return { state: "refused", reason: "smtp" };
    case "unknown":
      return { state: "refused", reason: "interrupted" };
    case "later":
      return { state: "later" };
  }
}

/** One mail beside any campaign, noted in the mail log. */
export async function sendSingleMail(deps: SendDeps, mail: OutgoingMail): Promise<Delivery> {
  const delivery = await sendMail(deps, mail);
  const at = deps.clock.now();
  await deps.mailLog.insertOnce({
    site: mail.siteId,
    addressH: hashAddress(deps.keys, mail.to),
    class: mail.kind,
    campaign: `mail:${newId()}`,
    state: delivery.state === "sent" ? "sent" : "refused",
    reason:
      delivery.state === "refused" ? delivery.reason : delivery.state === "later" ? "smtp" : null,
    attempts: 1,
    nextAt: 0,
    at,
    expireAt: logEnd(at),
  });
  return delivery;
}

/** The mail log keeps a row for 400 days. */
export function logEnd(at: number): Date {
  return new Date(at + 400 * 86_400_000);
}

export function newId(): string {
  return makeId((bytes) => crypto.getRandomValues(bytes));
}

async function findRecipient(
  deps: Pick<SendDeps, "subscribers" | "suppressions">,
  siteId: string,
  addressH: string,
): Promise<MailRecipient> {
  const subscriber = await deps.subscribers.find(siteId, addressH);
  // Asked last: nothing stands between this answer and the hand-off.
  const suppressions = await deps.suppressions.find(siteId, addressH);
  return {
    suppressions: suppressions.map(({ scope }) => scope),
    subscription: subscriber?.state ?? "none",
  };
}

function optOutLink(
  deps: Pick<SendDeps, "keys" | "publicUrl">,
  siteId: string,
  address: string,
  addressH: string,
): string {
  const addressKeyId = deps.keys.address.id;
  const token = makeOptOutToken(deps.keys, {
    siteId,
    addressH,
    addressKeyId,
    masked: maskAddress(address),
  });
  return `${deps.publicUrl.origin}${paths.unsubscribe(token)}`;
}

/** RFC 2369, RFC 2919, and RFC 8058 where the address is https, as it demands. */
function listHeaders(publicUrl: URL, site: Site, optOutUrl: string): Record<string, string> {
  return {
    "List-Unsubscribe": `<${optOutUrl}>`,
    ...(publicUrl.protocol === "https:"
      ? { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }
      : {}),
    "List-Id": `<news.${site.key.toLowerCase()}.${publicUrl.hostname}>`,
    Precedence: "bulk",
  };
}

/** `Name <address>` or an address alone; the site's name stands before it, because readers know that one. */
function readSender(from: string, siteName: string): { name: string; address: string } {
  const address = /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from;
  return { name: siteName, address: address.trim() };
}
