import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { z } from "zod";

interface Deps {
  distDir: string;
  publicUrl: URL;
}

const manifestSchema = z.object({ dashboard: z.string() });

/** The built pages: the panel's modules for every origin, the dashboard for its own. */
export async function registerPageRoutes(server: FastifyInstance, deps: Deps): Promise<void> {
  await serveAssets(server, join(deps.distDir, "widget/assets"), "/widget/assets/", "cross-origin");
  await serveAssets(
    server,
    join(deps.distDir, "dashboard/assets"),
    "/dashboard/assets/",
    "same-origin",
  );

  const socket = deps.publicUrl.origin.replace(/^http/, "ws");
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${socket}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  for (const path of ["/dashboard/", "/dashboard/*"]) {
    server.get(path, async (_request, reply) => {
      const manifest = await readFile(join(deps.distDir, "dashboard/assets/manifest.json"), "utf8");
      const { dashboard } = manifestSchema.parse(JSON.parse(manifest));
      return reply
        .headers({ "content-security-policy": policy, "cache-control": "no-cache" })
        .type("text/html; charset=utf-8")
        .send(renderShell(dashboard));
    });
  }
  for (const path of ["/", "/dashboard"]) {
    server.get(path, (_request, reply) => reply.redirect("/dashboard/", 302));
  }
  server.get("/favicon.ico", (_request, reply) =>
    reply.header("cache-control", "public, max-age=86400").code(204).send(),
  );
}

/** Names hold a hash of their content: a browser never needs to ask for one again. */
async function serveAssets(
  server: FastifyInstance,
  root: string,
  prefix: string,
  reach: "cross-origin" | "same-origin",
): Promise<void> {
  if (!existsSync(root)) return;
  await server.register(fastifyStatic, {
    root,
    prefix,
    decorateReply: false,
    index: false,
    immutable: true,
    maxAge: "365d",
    setHeaders(response) {
      response.setHeader("cross-origin-resource-policy", reach);
      if (reach === "cross-origin") response.setHeader("access-control-allow-origin", "*");
    },
  });
}

function renderShell(script: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Porchlight</title>
<script type="module" src="/dashboard/assets/${encodeURI(script)}"></script>
</head>
<body>
<noscript>The dashboard needs scripts.</noscript>
</body>
</html>
`;
}
