import { randomFillSync } from "node:crypto";
import { makeId } from "../../shared/ids.js";
import type { RecipientRow, TransferState } from "../../shared/privacy.js";
import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { Site } from "../sites/site.js";
import type { AppendAudit } from "./append-audit.js";
import type { Recipient, RecipientStore } from "./recipient-store.js";

export interface RecipientDeps {
  clock: Clock;
  recipients: RecipientStore;
  appendAudit: AppendAudit;
  /** Tells known addresses in advance; resolves when the mails are handed over to the queue. */
  announceRecipient: (site: Site, recipient: Recipient, activeFrom: number) => Promise<void>;
  announceTransfer: (site: Site, to: string, unlockedAt: number) => Promise<void>;
}

export type RecipientDraft = Pick<
  RecipientRow,
  "name" | "purpose" | "country" | "agreement" | "transferBasis"
>;

const dayMs = 86_400_000;

/** Where data stays under the same law: a transfer basis is needed beyond (GDPR, chapter V). */
const europeanArea = new Set(
  "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split(
    " ",
  ),
);

/** Lists a third party; from now on visitors see it. @throws CONFLICT for a name that is listed */
export async function listRecipient(
  deps: RecipientDeps,
  site: Site,
  operatorId: string,
  draft: RecipientDraft,
): Promise<Recipient> {
  const recipient: Recipient = {
    ...draft,
    id: makeId((bytes) => randomFillSync(bytes)),
    site: site.id,
    noticeAt: deps.clock.now(),
    activeAt: null,
  };
  if (!(await deps.recipients.insert(recipient)))
    throw refuse("CONFLICT", { message: "A recipient of this name is listed already." });
  await audit(deps, site, operatorId, "recipient.list", recipient);
  const activeFrom = deps.clock.now() + site.rules.policy.noticeDays * dayMs;
  await deps.announceRecipient(site, recipient, activeFrom);
  return recipient;
}

/**
 * Lets data go to a third party (JMINI-10, JPEGR-06): only with an agreement, a transfer basis where
 * the country needs one, and after visitors were told for the site's notice days.
 * @throws NOT_FOUND, CONFLICT
 */
export async function activateRecipient(
  deps: RecipientDeps,
  site: Site,
  operatorId: string,
  id: string,
): Promise<Recipient> {
  const recipient = await deps.recipients.find(site.id, id);
  if (recipient === null) throw refuse("NOT_FOUND");
  if (recipient.agreement === "" || recipient.country === "")
    throw refuse("CONFLICT", {
      message: "Name its country and the data-processing agreement first.",
    });
  if (recipient.transferBasis === "" && !europeanArea.has(recipient.country))
    throw refuse("CONFLICT", { message: "Name what the transfer abroad rests on first." });
  const now = deps.clock.now();
  const days = site.rules.policy.noticeDays;
  if (recipient.noticeAt === null || now < recipient.noticeAt + days * dayMs)
    throw refuse("CONFLICT", { message: `Visitors are told for ${days} days first.` });
  await deps.recipients.activate(site.id, id, now);
  await audit(deps, site, operatorId, "recipient.activate", recipient);
  return { ...recipient, activeAt: now };
}

/** Before anything leaves for a third party. @throws CONFLICT unless it is listed and active */
export async function requireRecipient(
  deps: Pick<RecipientDeps, "recipients">,
  site: Pick<Site, "id">,
  name: string,
): Promise<Recipient> {
  const found = (await deps.recipients.list(site.id)).find((one) => one.name === name);
  if (found === undefined || found.activeAt === null)
    throw refuse("CONFLICT", { message: "This recipient is not listed and active." });
  return found;
}

export async function removeRecipient(
  deps: RecipientDeps,
  site: Site,
  operatorId: string,
  id: string,
): Promise<void> {
  const recipient = await deps.recipients.find(site.id, id);
  if (recipient === null || !(await deps.recipients.remove(site.id, id))) throw refuse("NOT_FOUND");
  await audit(deps, site, operatorId, "recipient.remove", recipient);
}

/** Announces that the business passes to somebody else; until the notice is over, nothing leaves in bulk. */
export async function announceTransfer(
  deps: RecipientDeps,
  site: Site,
  operatorId: string,
  to: string,
): Promise<TransferState> {
  const noticeAt = deps.clock.now();
  const unlockedAt = noticeAt + site.rules.transfer.noticeDays * dayMs;
  await deps.recipients.saveTransfer(site.id, { to, noticeAt, unlockedAt });
  await deps.appendAudit({
    site: site.id,
    actor: operatorId,
    act: "transfer.announce",
    details: { to, unlockedAt },
  });
  await deps.announceTransfer(site, to, unlockedAt);
  return { to, noticeAt, unlockedAt };
}

/** Bulk export is for a transfer alone, and only once its notice is over (JMINI-11). @throws LOCKED */
export async function requireTransfer(deps: RecipientDeps, site: Site): Promise<void> {
  const transfer = await deps.recipients.findTransfer(site.id);
  if (transfer === null)
    throw refuse("LOCKED", { message: "Announce to whom the business passes first." });
  if (deps.clock.now() < transfer.unlockedAt)
    throw refuse("LOCKED", {
      message: "Visitors are being told. The export opens when the notice period is over.",
    });
}

async function audit(
  deps: RecipientDeps,
  site: Site,
  actor: string,
  act: string,
  { name, country }: Recipient,
): Promise<void> {
  await deps.appendAudit({ site: site.id, actor, act, details: { name, country } });
}
