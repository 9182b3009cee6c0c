import { createHash } from "node:crypto";
import { noChoices } from "../../shared/consent.js";
import { refuse } from "../errors.js";
import type { ConsentAction, ConsentRecord } from "../consent/consent-store.js";
import type { Clock } from "../infra/clock.js";
import type { Keys } from "../infra/keys.js";
import { hashToken, makeSecret } from "../operators/hash-token.js";
import type { Chain } from "../privacy/chain.js";
import type { Site } from "../sites/site.js";
import { chooseWords, writer } from "../words/choose-words.js";
import { fill } from "../words/words.js";
import { hashAddress } from "./hash-address.js";
import { normalAddress } from "./normal-address.js";
import type { OutgoingMail } from "./outgoing-mail.js";
import type { Subscriber, SubscriberStore } from "./subscriber-store.js";
import { liftSuppressions, type SuppressDeps } from "./suppress-address.js";

export interface SubscribeDeps extends SuppressDeps {
  clock: Clock;
  keys: Keys;
  publicUrl: URL;
  subscribers: SubscriberStore;
  /** Evidence of who allowed what, when and by which words (XIM-02). */
  consents: Chain<ConsentRecord>;
  /** Seals the IP address with a key of the subject's own. */
  encryptAddress(site: string, subjectH: string, ip: string, keepUntil: Date): Promise<string>;
  getSite(id: string): Promise<Site>;
  /** Sends in the background, with retries. */
  mailLater(mail: OutgoingMail): void;
}

export interface SubscribeForm {
  email: string;
  language: string;
  /** Origin and path of the page with the form. */
  url: string;
  /** The words that stood beside the box. */
  text: string;
}

export interface FormSource {
  /** By the server's own word. */
  ip: string;
  origin: string | null;
  gpc: boolean;
  dnt: boolean;
}

const day = 86_400_000;
/** An address that is not confirmed in this time is forgotten, and its link with it. */
const confirmWithinMs = 7 * day;

/**
 * Takes an address from the panel's box and mails it one confirmation link. Does the same for every
 * address, known, new or suppressed: neither the answer nor its time tells who reads the news. Who is
 * confirmed already stays so, whatever becomes of the new link.
 * @throws EMAIL_INVALID, UNPROCESSABLE where the site sends no news
 */
export async function subscribe(
  deps: SubscribeDeps,
  site: Site,
  form: SubscribeForm,
  source: FormSource,
): Promise<void> {
  const address = normalAddress(form.email);
  if (address === null) throw refuse("EMAIL_INVALID");
  if (!site.news || !site.rules.mail.marketing)
    throw refuse("UNPROCESSABLE", { message: "This site sends no news by e-mail." });

  const addressH = hashAddress(deps.keys, address);
  const formUrl = readFormUrl(form.url, source.origin);
  await addEvidence(deps, site, addressH, "grant", { ...form, formUrl }, source);
  const token = makeSecret();
  const now = deps.clock.now();
  await deps.subscribers.savePending({
    site: site.id,
    addressH,
    address,
    state: "pending",
    language: form.language,
    formUrl,
    subscribedAt: now,
    confirmedAt: null,
    confirmHash: hashToken(token),
    confirmUntil: now + confirmWithinMs,
    expireAt: new Date(now + confirmWithinMs),
  });
  const words = chooseWords(form.language, site.language);
  deps.mailLater({
    siteId: site.id,
    to: address,
    kind: "transactional",
    language: words.language,
    subject: fill(words.mails.confirm.subject, { site: site.name }),
    text: fill(words.mails.confirm.text, { site: site.name }),
    button: {
      label: words.mails.confirm.button,
      url: `${deps.publicUrl.origin}/confirm/${token}`,
    },
    because: fill(words.mails.confirm.because, {
      days: writer(words, site.timeZone).days(confirmWithinMs / day),
    }),
  });
}

/** Whom a confirmation link is for, without spending it; null when it was used or has expired. */
export async function findPending(
  deps: Pick<SubscribeDeps, "subscribers" | "clock">,
  token: string,
): Promise<Subscriber | null> {
  return deps.subscribers.findByConfirmHash(hashToken(token), deps.clock.now());
}

/**
 * Spends a confirmation link: the address counts from now on, and an earlier opt-out of it ends.
 * @throws LINK_INVALID when it was used or has expired
 */
export async function confirmSubscription(
  deps: SubscribeDeps,
  token: string,
  source: FormSource,
): Promise<Subscriber> {
  const pending = await findPending(deps, token);
  if (pending === null) throw refuse("LINK_INVALID");
  const site = await deps.getSite(pending.site);
  const words = { language: pending.language, formUrl: pending.formUrl, text: "" };
  await addEvidence(deps, site, pending.addressH, "confirm", words, source);
  // The opt-out ends first: a crash in between leaves an address that is not mailed.
  if (!(await deps.subscribers.confirm(hashToken(token), deps.clock.now())))
    throw refuse("LINK_INVALID");
  await liftSuppressions(deps, site.id, pending.addressH);
  return pending;
}

async function addEvidence(
  deps: Pick<SubscribeDeps, "clock" | "consents" | "encryptAddress">,
  site: Site,
  addressH: string,
  action: ConsentAction,
  words: { language: string; formUrl: string | null; text: string },
  source: FormSource,
): Promise<void> {
  const keepDays = site.rules.retention.evidence;
  const keepUntil = new Date(deps.clock.now() + keepDays * day);
  await deps.consents.append(
    site.id,
    {
      subjectH: addressH,
      action,
      choices: { ...noChoices, marketing: true },
      restricted: [],
      method: "form",
      policyVersion: 0,
      textHash: words.text === "" ? null : createHash("sha256").update(words.text).digest("hex"),
      language: words.language,
      formUrl: words.formUrl,
      analyticsH: null,
      ipEnc: await deps.encryptAddress(site.id, addressH, source.ip, keepUntil),
      gpc: source.gpc,
      dnt: source.dnt,
      ofAge: false,
    },
    keepDays,
  );
}

/** Origin and path of the page; the origin is the browser's word, not the form's. No query. */
function readFormUrl(text: string, origin: string | null): string | null {
  if (origin === null) return null;
  if (!URL.canParse(text)) return origin;
  const url = new URL(text);
  return url.origin === origin ? `${url.origin}${url.pathname}` : origin;
}
