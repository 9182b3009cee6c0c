import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { paths } from "../../shared/paths.js";
import type { PolicyRow } from "../../shared/privacy.js";
import { parseInput, refuse } from "../errors.js";
import type { Guards } from "../http/guards.js";
import { escapeHtml as e, sendPage } from "../http/public-page.js";
import type { Site } from "../sites/site.js";
import type { Policy, PolicyState } from "./policies.js";
import { publishPolicy, type PublishDeps } from "./publish-policy.js";
import { siteOf } from "./view-site.js";

export type PolicyRouteDeps = PublishDeps & {
  guards: Guards;
  getSite: (id: string) => Promise<Site>;
  findSiteByKey: (key: string) => Promise<Site | null>;
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
    return sendPage(reply, 200, {
      title: `Privacy policy of ${site.name}`,
      language: site.language,
      body: renderPolicy(
        site,
        await deps.policies.stateOf(site.id),
        await deps.listRecipients(site.id),
      ),
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

function renderPolicy(
  site: Site,
  state: PolicyState,
  recipients: { name: string; purpose: string; country: string }[],
): string {
  const date = new Intl.DateTimeFormat("en", { dateStyle: "long", timeZone: site.timeZone });
  const paragraphs = (text: string) =>
    text
      .split(/\n\s*\n/)
      .map((part) => `<p>${e(part)}</p>`)
      .join("\n");
  const { inForce, upcoming } = state;
  const { name, postalAddress, email } = site.controller;
  return `<h1>Privacy policy of ${e(site.name)}</h1>
<p class="quiet">Version ${inForce.version}${inForce.effectiveAt > 0 ? `, in force since ${e(date.format(inForce.effectiveAt))}` : ""}</p>
${upcoming === null ? "" : `<p class="done">From ${e(date.format(upcoming.effectiveAt))} version ${upcoming.version} holds: ${e(upcoming.changes)}</p>`}
${paragraphs(inForce.text)}
<h2>Controller</h2>
<p>${name === "" ? "Not named yet." : `${e(name)}, ${e(postalAddress)}, ${e(email)}`}</p>
<h2>Recipients</h2>
${recipients.length === 0 ? "<p>Nobody.</p>" : `<ul>${recipients.map((one) => `<li>${e(one.name)} (${e(one.country)}): ${e(one.purpose)}</li>`).join("")}</ul>`}
<h2>Earlier versions</h2>
<ul>${state.all
    .filter((policy) => policy.version < inForce.version)
    .map(
      (policy) =>
        `<li>Version ${policy.version}${policy.changes === "" ? "" : `: ${e(policy.changes)}`}</li>`,
    )
    .join("")}</ul>
<p><a href="${paths.privacy}?site=${encodeURIComponent(site.key)}">See, correct, export or erase what is kept about you</a></p>`;
}
