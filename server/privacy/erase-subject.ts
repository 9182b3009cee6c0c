import { noChoices } from "../../shared/consent.js";
import { appendConsent, settleConsent, type ConsentDeps } from "../consent/save-consent.js";
import { openBytes, sealBytes } from "../consent/seal-bytes.js";
import { visitorSubject } from "../consent/subject.js";
import type { Journal, JournalEntry } from "../infra/journal.js";
import type { Keys } from "../infra/keys.js";
import type { Site } from "../sites/site.js";
import type { Visitor } from "../visitors/visitor-store.js";
import type { AppendAudit } from "./append-audit.js";
import type { Chain } from "./chain.js";
import type { AuditRecord } from "./chain-store.js";

export const eraseScopes = ["all", "chat", "images", "mail"] as const;
export type EraseScope = (typeof eraseScopes)[number];

/** Who asks: a visitor by their token, or whoever reads the mail of an address. */
export type Person =
  { kind: "visitor"; visitor: Visitor } | { kind: "address"; address: string; addressH: string };

/** How each feature erases what it holds. Every verb is safe to repeat. */
export interface ErasureReach {
  /** Conversations whose newest message is not after `until`, with messages and photos. */
  conversations: (site: Site, visitorId: string, until: number) => Promise<number>;
  /** Photos alone, of the same conversations. */
  photos: (site: Site, visitorId: string, until: number) => Promise<unknown>;
  photoDetails: (site: Site, visitorId: string) => Promise<unknown>;
  /** The visitor's record; their token dies and their sockets are cut. */
  visitor: (site: Site, visitorId: string) => Promise<unknown>;
  /** The subscriber's record and mail log; the suppression stays (hard test 3). */
  subscriber: (site: Site, addressH: string) => Promise<unknown>;
}

export interface EraseDeps extends ConsentDeps {
  journal: Journal;
  erasures: Chain<AuditRecord>;
  appendAudit: AppendAudit;
  reach: ErasureReach;
}

/**
 * Erases all or part of what is kept about a person (JPEGR-08). The journal has it on disk before
 * anything goes, so that a backup that is older cannot bring it back; the evidence of consent stays,
 * unreadable as to the address it came from.
 * @param actor an operator's id, or `visitor`
 */
export async function eraseSubject(
  deps: EraseDeps,
  site: Site,
  person: Person,
  scope: EraseScope,
  actor: string,
  basis = "request",
): Promise<void> {
  const at = deps.clock.now();
  await deps.journal.append({
    kind: "erasure",
    site: site.id,
    at,
    value: { scope, ...nameInJournal(deps.keys, site.id, person) },
  });
  // Whatever is there goes: clocks of nodes differ, and somebody may be writing at this moment.
  await eraseNow(deps, site, person, scope, Number.MAX_SAFE_INTEGER);
  const targetH = targetOf(deps.keys, site.id, person);
  await deps.erasures.append(
    site.id,
    { actor, act: `erase.${scope}`, targetH, basis, details: {} },
    site.rules.retention.audit,
  );
  await deps.appendAudit({ site: site.id, actor, act: `erase.${scope}`, targetH, basis });
}

/** The same again from a journal's entry; says whether there was somebody to erase. */
export async function repeatErasure(
  deps: EraseDeps,
  site: Site,
  entry: JournalEntry,
): Promise<boolean> {
  const scope = eraseScopes.find((known) => known === entry.value["scope"]);
  if (scope === undefined) throw new Error("The journal names an erasure of an unknown scope.");
  const addressH = entry.value["addressH"];
  if (typeof addressH === "string") {
    await deps.reach.subscriber(site, addressH);
    return true;
  }
  const sealed = entry.value["visitor"];
  const id =
    typeof sealed === "string" ? openBytes(deps.keys.wrapping.bytes, sealed, site.id) : null;
  if (id === null) throw new Error("The journal names a visitor that the keys do not open.");
  const visitor = await deps.visitors.find(site.id, id.toString());
  if (visitor === null) return false;
  // Erased already, as after every ordinary restart; a device that was only forgotten has its texts still.
  if (scope === "all" && visitor.revokedAt !== null)
    if ((await deps.reach.conversations(site, visitor.id, entry.at)) === 0) return false;
  await eraseNow(deps, site, { kind: "visitor", visitor }, scope, entry.at);
  return true;
}

async function eraseNow(
  deps: EraseDeps,
  site: Site,
  person: Person,
  scope: EraseScope,
  until: number,
): Promise<void> {
  if (person.kind === "address") {
    if (scope === "all" || scope === "mail") await deps.reach.subscriber(site, person.addressH);
    return;
  }
  const { visitor } = person;
  if (scope === "chat" || scope === "all") await deps.reach.conversations(site, visitor.id, until);
  if (scope === "images") await deps.reach.photos(site, visitor.id, until);
  if (scope !== "mail") await deps.reach.photoDetails(site, visitor.id);
  if (scope !== "all") return;
  const subjectH = visitorSubject(deps.keys, site.id, visitor.tokenHash);
  await endConsent(deps, site, subjectH);
  await deps.subjectKeys.delete(site.id, subjectH);
  await deps.reach.visitor(site, visitor.id);
  // A page that was told of the erasure may have begun anew before its token ended.
  await deps.reach.conversations(site, visitor.id, until);
}

/** Consent ends with the person: nothing is recorded by it any more, and what was, goes. */
async function endConsent(deps: EraseDeps, site: Site, subjectH: string): Promise<void> {
  const current = await deps.consentReader.ofSubject(site.id, subjectH);
  if (current === null) return;
  const record = await appendConsent(deps, site, subjectH, {
    action: "withdraw",
    choices: noChoices,
    restricted: [],
    method: "settings",
    policyVersion: current.state.policyVersion,
    textHash: null,
    language: "",
    formUrl: null,
    analyticsH: null,
    address: "",
    signals: { gpc: false, dnt: false },
    ofAge: false,
  });
  await settleConsent(deps, site.id, null, record);
}

/** Hash of the person as audit and ledger name them. */
export function targetOf(keys: Keys, site: string, person: Person): string {
  return person.kind === "address"
    ? person.addressH
    : visitorSubject(keys, site, person.visitor.tokenHash);
}

/** The journal holds no name in clear: a visitor's id is sealed, so that a replay can find the record. */
function nameInJournal(keys: Keys, site: string, person: Person): Record<string, string> {
  return person.kind === "address"
    ? { addressH: person.addressH }
    : { visitor: sealBytes(keys.wrapping.bytes, Buffer.from(person.visitor.id), site) };
}
