import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { makeLoaderSettings } from "../../shared/loader-settings.js";
import { paths } from "../../shared/paths.js";
import { parseInput } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import { getSiteByKey } from "./find-site.js";
import { noteTagSeen } from "./note-tag-seen.js";
import type { SiteStore } from "./site-store.js";

interface Deps {
  sites: SiteStore;
  clock: Clock;
  publicUrl: URL;
  distDir: string;
}

const params = z.object({ siteKey: z.string().max(60) });
const manifestSchema = z.object({ panel: z.string() });

/** `GET /w/KEY.js`: the loader with this site's button inside. Five minutes fresh, then asked for by its ETag. */
export function registerLoaderRoutes(server: FastifyInstance, deps: Deps): void {
  let built: Promise<{ source: string; panelFile: string }> | null = null;
  const readBuilt = () => (built ??= readLoader(deps.distDir));

  server.get(paths.loader(":siteKey"), async (request, reply) => {
    const { siteKey } = parseInput(params, request.params);
    const site = await getSiteByKey(deps, siteKey);
    await noteTagSeen(deps, site, request.headers);
    const { source, panelFile } = await readBuilt();
    const settings = makeLoaderSettings(site, deps.publicUrl.origin, panelFile);
    const script = source.replace("__PORCHLIGHT__", () => JSON.stringify(settings));
    const etag = `"${createHash("sha256").update(script).digest("base64url").slice(0, 22)}"`;
    reply.headers({
      "cache-control": "public, max-age=300",
      "cross-origin-resource-policy": "cross-origin",
      "access-control-allow-origin": "*",
      etag,
    });
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    return reply.type("text/javascript; charset=utf-8").send(script);
  });
}

async function readLoader(distDir: string): Promise<{ source: string; panelFile: string }> {
  const source = await readFile(join(distDir, "widget/loader.js"), "utf8");
  const manifest = await readFile(join(distDir, "widget/assets/manifest.json"), "utf8");
  return { source, panelFile: manifestSchema.parse(JSON.parse(manifest)).panel };
}
