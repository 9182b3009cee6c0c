import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { makeAccent } from "../../shared/accent.js";
import { parseInput } from "../errors.js";
import { getSiteByKey } from "./find-site.js";
import type { SiteStore } from "./site-store.js";

const params = z.object({ siteKey: z.string().max(60) });

/** `GET /page/KEY.css`: a site's colour for the public pages, whose policy allows no inline style. */
export function registerPageStyleRoutes(server: FastifyInstance, deps: { sites: SiteStore }): void {
  server.get("/page/:siteKey.css", async (request, reply) => {
    const site = await getSiteByKey(deps, parseInput(params, request.params).siteKey);
    const rule = (theme: "light" | "dark") => {
      const { accent, onAccent } = makeAccent(site.color, theme);
      return `:root { --accent: ${accent}; --on-accent: ${onAccent}; }`;
    };
    return reply
      .header("cache-control", "public, max-age=300")
      .type("text/css; charset=utf-8")
      .send(`${rule("light")}\n@media (prefers-color-scheme: dark) { ${rule("dark")} }\n`);
  });
}
