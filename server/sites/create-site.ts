import { randomBytes } from "node:crypto";
import { makeId } from "../../shared/ids.js";
import { defaultRules } from "../../shared/site-rules.js";
import type { Clock } from "../infra/clock.js";
import type { AppendAudit } from "../privacy/append-audit.js";
import type { SiteStore } from "./site-store.js";
import type { Site } from "./site.js";

interface Deps {
  sites: Pick<SiteStore, "insertOnce">;
  clock: Clock;
  appendAudit: AppendAudit;
}

/** A site with nothing but a name; its key and its rules are the stricter defaults. */
export function newSite(name: string, createdAt: number): Site {
  return {
    id: makeId((bytes) => crypto.getRandomValues(bytes)),
    key: randomBytes(9).toString("base64url"),
    name,
    origins: [],
    color: "#2457d6",
    corner: "right",
    language: "en",
    greeting: "Hello. What can we help with?",
    timeZone: "UTC",
    controller: { name: "", postalAddress: "", email: "" },
    news: false,
    rules: defaultRules,
    rulesVersion: 1,
    tagSeen: null,
    refusedOrigins: [],
    createdAt,
  };
}

export async function createSite(deps: Deps, operatorId: string, name: string): Promise<Site> {
  const site = newSite(name, deps.clock.now());
  await deps.appendAudit({ site: site.id, actor: operatorId, act: "site.create" });
  await deps.sites.insertOnce(site);
  return site;
}
