import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { paths } from "../../shared/paths.js";
import type { PolicyRow } from "../../shared/privacy.js";
import { parseInput, refuse } from "../errors.js";
import type { Guards } from "../http/guards.js";
import { sendPage } from "../http/public-page.js";
import type { Site } from "../sites/site.js";
import { chooseWords, readerLanguages } from "../words/choose-words.js";
import { fill } from "../words/words.js";
import type { Policy, PolicyState } from "./policies.js";
import { renderPolicy } from "./policy-page.js";
import { publishPolicy, type PublishDeps } from "./publish-policy.js";
import type { RecipientStore } from "./recipient-store.js";
import { siteOf } from "./view-site.js";

export type PolicyRouteDeps = PublishDeps & {
  guards: Guards;
  getSite: (id: string) => Promise<Site>;
  findSiteByKey: (key: string) => Promise<Site | null>;
  recipients: Pick<RecipientStore, "findTransfer">;
  listRecipients: (site: string) => Promise<{ name: string; purpose: string; country: string }[]>;
};

const draftSchema = z.strictObject({
  effectiveAt: z.int().min(0),
  material: z.boolean(),
  changes: z.string().trim().min(1).max(2_000),
  notices: z
    .record(
      z.string().regex(/^[a-z]{2,3}$/),
      z.strictObject({
        title: z.string().trim().min(1).max(120),
        text: z.string().trim().min(1).max(1_000),
      }),
    )
    .refine((notices) => Object.keys(notices).length > 0),
  text: z.string().trim().min(1).max(100_000),
});

/** The day on which obeying GPC was last changed. */
const gpcSince = "2026-11-21";

/** The site's policies: published in the dashboard, read by everybody. */
export function registerPolicyRoutes(server: FastifyInstance, deps: PolicyRouteDeps): void {
  const view = paths.privacyView(":siteId", "policies");

  // What this server does with the signal is the same for every site (Global Privacy Control, section 4).
  server.get("/.well-known/gpc.json", (_request, reply) =>
    reply
      .header("cache-control", "public, max-age=86400")
      .send({ gpc: true, lastUpdate: gpcSince }),
  );

  server.get(view, async (request) => {
    await deps.guards.requireOperator(request);
    const site = await siteOf(deps, request);
    return presentPolicies(await deps.policies.stateOf(site.id));
  });

  server.post(view, async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, { role: "admin" });
    const site = await siteOf(deps, request);
    const draft = parseInput(draftSchema, request.body);
    await publishPolicy(deps, site, operator.id, draft);
    return reply.code(201).send(presentPolicies(await deps.policies.stateOf(site.id)));
  });

  server.get(paths.policy(":siteKey"), async (request, reply) => {
    const { siteKey } = parseInput(z.object({ siteKey: z.string().max(60) }), request.params);
    const site = await deps.findSiteByKey(siteKey);
    if (site === null) throw refuse("UNKNOWN_SITE");
    const { language } = parseInput(
      z.object({ language: z.string().max(35).default("") }),
      request.query,
    );
    const words = chooseWords(language, ...readerLanguages(request.headers), site.language);
    return sendPage(reply, 200, {
      ...words,
      title: fill(words.policy.title, { site: site.name }),
      body: renderPolicy(words, site, {
        ...(await deps.policies.stateOf(site.id)),
        recipients: await deps.listRecipients(site.id),
        transfer: await deps.recipients.findTransfer(site.id),
      }),
    });
  });
}

function presentPolicies(state: PolicyState): PolicyRow[] {
  const stateOf = (policy: Policy): PolicyRow["state"] =>
    policy === state.inForce
      ? "in_force"
      : policy.version > state.inForce.version
        ? "upcoming"
        : "past";
  return state.all
    .map(({ version, effectiveAt, material, changes, notices, text, sha256 }, at) => ({
      ...{ version, effectiveAt, material, changes, notices, text, sha256 },
      state: stateOf(state.all[at] ?? state.inForce),
    }))
    .reverse();
}
