import { createHash } from "node:crypto";
import type { Clock } from "../infra/clock.js";
import { english } from "../words/english.js";
import { builtInNotices } from "./notice-texts.js";
import type { NoticeText, PolicyRecord, PolicyStore } from "./policy-store.js";

/** A policy as the rest of the product reads it; version 1 is built in. */
export type Policy = Pick<
  PolicyRecord,
  "version" | "effectiveAt" | "material" | "changes" | "notices" | "text" | "sha256"
>;

/** A site's policies at one moment. */
export interface PolicyState {
  inForce: Policy;
  /** Published, not in effect yet: shown in advance, and may be agreed to already. */
  upcoming: Policy | null;
  /** The oldest version whose consent still counts. */
  floor: number;
  /** The newest version ever published. */
  newest: number;
  all: Policy[];
}

export interface Policies {
  stateOf(site: string): Promise<PolicyState>;
  /** Called when a policy was published on this node. */
  forget(site: string): void;
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What the visitor is shown and what the evidence names: the hash of title, line feed and text. */
export const noticeHash = (notice: NoticeText): string => sha256(`${notice.title}\n${notice.text}`);

const builtIn: Policy = {
  version: 1,
  effectiveAt: 0,
  material: true,
  changes: "",
  notices: builtInNotices,
  text: english.policy.builtIn,
  sha256: sha256(english.policy.builtIn),
};

/** The notice in a language, or in English where the policy has no such text. */
export function noticeIn(policy: Policy, language: string): NoticeText {
  const short = language.toLowerCase().split("-")[0] ?? "en";
  const own = Object.hasOwn(policy.notices, short) ? policy.notices[short] : undefined;
  const found = own ?? policy.notices["en"] ?? Object.values(policy.notices)[0];
  if (found === undefined) throw new Error("A policy without a notice was stored.");
  return found;
}

export function weighPolicies(published: readonly Policy[], now: number): PolicyState {
  const all = [builtIn, ...published];
  const held = all.filter((policy) => policy.effectiveAt <= now);
  return {
    inForce: held.at(-1) ?? builtIn,
    upcoming: all.find((policy) => policy.effectiveAt > now) ?? null,
    floor: held.findLast((policy) => policy.material)?.version ?? 1,
    newest: all.length,
    all,
  };
}

/** Another node's publication is seen within this time; this node's own at once. */
const rememberMs = 1_000;

/** Reads a site's policies through a short memory: the pixel asks for every page view. */
export function openPolicies(deps: { store: PolicyStore; clock: Clock }): Policies {
  const remembered = new Map<string, { policies: Policy[]; until: number }>();
  return {
    async stateOf(site) {
      const now = deps.clock.now();
      const known = remembered.get(site);
      // A clock that was set back must not keep an old answer alive.
      if (known !== undefined && now < known.until && known.until - now <= rememberMs)
        return weighPolicies(known.policies, now);
      const policies = await deps.store.listAll(site);
      if (remembered.size >= 1_000) remembered.clear();
      remembered.set(site, { policies, until: now + rememberMs });
      return weighPolicies(policies, now);
    },
    forget(site) {
      remembered.delete(site);
    },
  };
}
