import type { SuppressionScope } from "../../shared/mail-rules.js";
import type { Clock } from "../infra/clock.js";
import type { Journal, JournalEntry } from "../infra/journal.js";
import type { AppendAudit } from "../privacy/append-audit.js";
import type { SuppressionStore } from "./suppression-store.js";

export interface SuppressDeps {
  suppressions: SuppressionStore;
  journal: Journal;
  clock: Clock;
  appendAudit: AppendAudit;
}

export interface Refusal {
  siteId: string;
  addressH: string;
  /** Of the key that made the hash. */
  keyId: string;
  scope: SuppressionScope;
  /** Why, in one word: `unsubscribe`, `complaint`, `unsolicited`. */
  reason: string;
  source: string;
}

/**
 * "Never mail this address": resolves only when it is in the journal and in the store. A repeat is
 * harmless. Throws where either cannot be written; nobody may be told "done" then.
 */
export async function suppressAddress(deps: SuppressDeps, refusal: Refusal): Promise<void> {
  const { siteId: site, addressH, keyId, scope, reason, source } = refusal;
  const known = await deps.suppressions.find(site, addressH);
  if (known.some((suppression) => suppression.scope === scope)) return;
  const at = deps.clock.now();
  await deps.journal.append({ kind: "suppression", site, at, value: { addressH, keyId, scope } });
  await deps.appendAudit({
    site,
    actor: "visitor",
    act: "suppression.add",
    targetH: addressH,
    basis: reason,
    details: { scope, source },
  });
  await deps.suppressions.saveOnce({ site, addressH, keyId, scope, reason, source, at });
}

/** Ends every suppression of an address. Only a confirmed new registration calls this (JMINI-06). */
export async function liftSuppressions(
  deps: SuppressDeps,
  site: string,
  addressH: string,
): Promise<void> {
  if ((await deps.suppressions.find(site, addressH)).length === 0) return;
  await deps.appendAudit({
    site,
    actor: "visitor",
    act: "suppression.lift",
    targetH: addressH,
    basis: "confirmed registration",
  });
  await deps.journal.append({
    kind: "suppression",
    site,
    at: deps.clock.now(),
    value: { addressH, lifted: 1 },
  });
  await deps.suppressions.lift(site, addressH);
}

/**
 * Before the server answers anybody: every opt-out of the journal that no later registration lifted
 * is in the store, whatever backup that store came from.
 * @returns how many the store lacked
 */
export async function replaySuppressions(deps: SuppressDeps): Promise<number> {
  const newest = new Map<string, JournalEntry>();
  await deps.journal.replay((entry) => {
    if (entry.kind !== "suppression") return Promise.resolve();
    const { addressH, scope = "" } = entry.value;
    // A lift ends every scope, so it is weighed against each of them.
    for (const key of entry.value["lifted"] === 1 ? ["marketing", "all"] : [String(scope)]) {
      const name = `${entry.site}/${String(addressH)}/${key}`;
      const other = newest.get(name);
      if (other === undefined || other.at <= entry.at) newest.set(name, entry);
    }
    return Promise.resolve();
  });
  let missing = 0;
  for (const { site, at, value } of newest.values()) {
    if (value["lifted"] === 1) continue;
    const addressH = String(value["addressH"]);
    const scope = value["scope"] === "all" ? "all" : "marketing";
    const known = await deps.suppressions.find(site, addressH);
    if (known.some((suppression) => suppression.scope === scope)) continue;
    const keyId = String(value["keyId"]);
    const reason = "unsubscribe";
    await deps.suppressions.saveOnce({
      site,
      addressH,
      keyId,
      scope,
      reason,
      source: "journal",
      at,
    });
    await deps.appendAudit({
      site,
      actor: "server",
      act: "suppression.replay",
      targetH: addressH,
      details: { scope },
    });
    missing++;
  }
  return missing;
}
