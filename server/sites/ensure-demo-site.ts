import { randomBytes } from "node:crypto";
import { defaultRules } from "../../shared/site-rules.js";
import type { Clock } from "../infra/clock.js";
import type { SiteStore } from "./site-store.js";
import type { Site } from "./site.js";

interface Deps {
  sites: Pick<SiteStore, "findById" | "insertOnce">;
  clock: Clock;
}

/** Fixed, so that two first starts make one site. */
const demoId = "demo-shop-000000000000";

/** The site of the demo shop, made at the first start with a key of its own. */
export async function ensureDemoSite(deps: Deps, origins: string[]): Promise<Site> {
  const known = await deps.sites.findById(demoId);
  if (known !== null) return known;
  const site: Site = {
    id: demoId,
    key: randomBytes(9).toString("base64url"),
    name: "Latch & Hinge",
    origins,
    color: "#2457d6",
    corner: "right",
    language: "en",
    greeting: "Hello. What can we help with?",
    timeZone: "UTC",
    controller: { name: "", postalAddress: "", email: "" },
    news: true,
    rules: defaultRules,
    rulesVersion: 1,
    tagSeen: null,
    refusedOrigins: [],
    createdAt: deps.clock.now(),
  };
  if (await deps.sites.insertOnce(site)) return site;
  return (await deps.sites.findById(demoId)) ?? site;
}
