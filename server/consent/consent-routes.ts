import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { consentMethods } from "../../shared/consent.js";
import { idPattern } from "../../shared/ids.js";
import { paths } from "../../shared/paths.js";
import { parseInput } from "../errors.js";
import { clientAddress, requireVisitorToken, type Guards } from "../http/guards.js";
import type { RateLimits } from "../infra/rate-limits.js";
import { hashToken } from "../visitors/visitor-token.js";
import { forgetDevice, type ForgetDeps } from "./forget-device.js";
import { readSignals } from "./read-signals.js";
import { saveConsent, type AnswerSource } from "./save-consent.js";
import { visitorSubject } from "./subject.js";

export type ConsentRouteDeps = ForgetDeps & { guards: Guards; rateLimits: RateLimits };

const answerSchema = z.strictObject({
  choices: z.strictObject({
    preferences: z.boolean(),
    analytics: z.boolean(),
    marketing: z.boolean(),
    mail_tracking: z.boolean(),
  }),
  method: z.enum(consentMethods),
  policyVersion: z.int().min(0).max(1_000_000),
  textHash: z.string().regex(/^([0-9a-f]{64})?$/),
  language: z.string().regex(/^[A-Za-z0-9-]{0,35}$/),
  analyticsId: z.string().regex(idPattern).nullable(),
  signals: z.strictObject({ gpc: z.boolean(), dnt: z.boolean() }),
  ofAge: z.boolean(),
});

/** Origin and path of the page that asked; the query may hold anything and is dropped. */
function pageOf(request: FastifyRequest): string | null {
  const { referer } = request.headers;
  if (referer === undefined || !URL.canParse(referer)) return null;
  const { origin, pathname } = new URL(referer);
  return origin === "null" ? null : `${origin}${pathname}`.slice(0, 300);
}

/** The visitor's side of consent: answer, read the answer, forget this device. */
export function registerConsentRoutes(server: FastifyInstance, deps: ConsentRouteDeps): void {
  const key = ":siteKey";

  server.post(paths.consent(key), async (request, reply) => {
    const site = await deps.guards.requireSite(request, reply);
    const token = requireVisitorToken(request);
    const address = clientAddress(request);
    await deps.rateLimits.consume("consent", { visitor: token, address, site: site.id });
    const source: AnswerSource = {
      token,
      address,
      signals: readSignals(request.headers),
      formUrl: pageOf(request),
    };
    const answer = parseInput(answerSchema, request.body);
    return { consent: await saveConsent(deps, site, source, answer) };
  });

  server.get(paths.consent(key), async (request, reply) => {
    const site = await deps.guards.requireSite(request, reply);
    const tokenHash = hashToken(requireVisitorToken(request));
    const subjectH = visitorSubject(deps.keys, site.id, tokenHash);
    const current = await deps.consentReader.ofSubject(site.id, subjectH);
    return { consent: current?.state ?? null };
  });

  server.post(paths.forget(key), async (request, reply) => {
    const site = await deps.guards.requireSite(request, reply);
    const tokenHash = hashToken(requireVisitorToken(request));
    await deps.rateLimits.consume("consent", {
      visitor: tokenHash,
      address: clientAddress(request),
    });
    await forgetDevice(deps, site, tokenHash);
    return reply.code(204).send();
  });
}
