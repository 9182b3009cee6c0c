import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import { parseInput } from "../errors.js";
import { clientAddress, type Guards } from "../http/guards.js";
import type { RateLimits } from "../infra/rate-limits.js";
import { normalAddress } from "./normal-address.js";
import { subscribe, type FormSource, type SubscribeDeps } from "./subscribe.js";

interface Deps extends SubscribeDeps {
  guards: Guards;
  rateLimits: RateLimits;
}

const formSchema = z.object({
  email: z.string().min(1).max(limits.email),
  language: z.string().max(35).default("en"),
  url: z.string().max(2000).default(""),
  text: z.string().max(2000).default(""),
});

/** The panel's box "News by e-mail". */
export function registerSubscribeRoutes(server: FastifyInstance, deps: Deps): void {
  server.post(paths.subscribe(":siteKey"), async (request, reply) => {
    const site = await deps.guards.requireSite(request, reply);
    const form = parseInput(formSchema, request.body);
    await deps.rateLimits.consume("subscribe", {
      address: clientAddress(request),
      account: `${site.id} ${normalAddress(form.email) ?? ""}`,
      site: site.id,
    });
    await subscribe(deps, site, form, readSource(request));
    return reply.code(202).send({ ok: true });
  });
}

/** What the server itself knows of where a form came from; nothing that the form says. */
export function readSource(request: FastifyRequest): FormSource {
  const { origin, dnt } = request.headers;
  return {
    ip: clientAddress(request),
    origin: origin === undefined || origin === "null" ? null : origin,
    gpc: request.headers["sec-gpc"] === "1",
    dnt: dnt === "1",
  };
}
