import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { makeLoaderSettings } from "../../shared/loader-settings.js";
import { paths } from "../../shared/paths.js";
import { parseInput } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import { findSiteByKey } from "./find-site.js";
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
    // Also on refusals: without it a browser hides the reason from the page's console.
    reply.headers({
      "cross-origin-resource-policy": "cross-origin",
      "access-control-allow-origin": "*",
    });
    const site = await findSiteByKey(deps, siteKey);
    if (site === null) return sendUnknown(reply, siteKey);
    await noteTagSeen(deps, site, request.headers);
    const { source, panelFile } = await readBuilt();
    const settings = makeLoaderSettings(site, deps.publicUrl.origin, panelFile);
    const script = source.replace("__PORCHLIGHT__", () => JSON.stringify(settings));
    const etag = `"${createHash("sha256").update(script).digest("base64url").slice(0, 22)}"`;
    reply.headers({
      "cache-control": "public, max-age=300",
      etag,
    });
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    return reply.type("text/javascript; charset=utf-8").send(script);
  });
}

/**
 * A tag with a wrong key: its page's console, where its owner looks, names the fault. With status 200,
 * because a browser runs no script that came with another one.
 */
function sendUnknown(reply: FastifyReply, siteKey: string): FastifyReply {
  const named = /^[A-Za-z0-9_-]{4,40}$/.test(siteKey) ? ` "${siteKey}"` : "";
  const fault = `Porchlight: there is no site with the key${named}. Copy the script tag from the dashboard again.`;
  return reply
    .header("cache-control", "no-store")
    .type("text/javascript; charset=utf-8")
    .send(`console.error(${JSON.stringify(fault)});\n`);
}

async function readLoader(distDir: string): Promise<{ source: string; panelFile: string }> {
  const source = await readFile(join(distDir, "widget/loader.js"), "utf8");
  const manifest = await readFile(join(distDir, "widget/assets/manifest.json"), "utf8");
  return { source, panelFile: manifestSchema.parse(JSON.parse(manifest)).panel };
}
