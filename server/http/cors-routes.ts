import type { FastifyInstance } from "fastify";
import type { Guards } from "./guards.js";

/**
 * Preflights of the visitor's side: answered for pages that may speak for the site, refused for all
 * others. Credentials are never allowed: the visitor's token travels in a header, not in a cookie.
 */
export function registerCorsRoutes(server: FastifyInstance, deps: { guards: Guards }): void {
  server.options("/api/sites/:siteKey/*", async (request, reply) => {
    await deps.guards.requireSite(request, reply);
    return reply
      .headers({
        "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "600",
      })
      .code(204)
      .send();
  });
}
