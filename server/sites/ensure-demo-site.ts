import type { Clock } from "../infra/clock.js";
import { newSite } from "./create-site.js";
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
    ...newSite("Latch & Hinge", deps.clock.now()),
    id: demoId,
    origins,
    news: true,
    controller: {
      name: "Latch & Hinge",
      postalAddress: "4 Mill Lane",
      email: "privacy@latch-and-hinge.example",
    },
  };
  if (await deps.sites.insertOnce(site)) return site;
  return (await deps.sites.findById(demoId)) ?? site;
}
