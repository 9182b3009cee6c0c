import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import type { Campaign } from "../../shared/wire.js";
import { parseInput, refuse } from "../errors.js";
import type { Guards } from "../http/guards.js";
import type { RateLimits } from "../infra/rate-limits.js";
import type { AppendAudit } from "../privacy/append-audit.js";
import type { CampaignSender, SenderDeps } from "./campaign-sender.js";
import type { StoredCampaign } from "./campaign-store.js";
import { newId, sendSingleMail } from "./send-mail.js";

interface Deps extends SenderDeps {
  guards: Guards;
  rateLimits: RateLimits;
  appendAudit: AppendAudit;
  campaignSender: CampaignSender;
}

const params = z.object({ siteId: z.string().max(60) });
const draftSchema = z.strictObject({
  subject: z.string().trim().min(1).max(limits.campaignSubject),
  text: z.string().trim().min(1).max(limits.campaignText),
});

/** The dashboard's mailing page: test, send, results, and what waits because no mail server is set. */
export function registerCampaignRoutes(server: FastifyInstance, deps: Deps): void {
  server.get(paths.campaigns(":siteId"), async (request) => {
    await deps.guards.requireOperator(request);
    const site = await deps.getSite(parseInput(params, request.params).siteId);
    const campaigns = await deps.campaigns.list(site.id);
    return Promise.all(campaigns.map((campaign) => presentCampaign(deps, campaign)));
  });

  server.post(paths.campaigns(":siteId"), async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, { role: "admin" });
    await deps.rateLimits.consume("operate", { account: operator.id });
    const site = await deps.getSite(parseInput(params, request.params).siteId);
    const draft = parseInput(draftSchema, request.body);
    if (!site.rules.mail.marketing)
      throw refuse("UNPROCESSABLE", { message: "Mailings are switched off in this site's rules." });
    const campaign: StoredCampaign = {
      id: newId(),
      site: site.id,
      ...draft,
      state: "draft",
      author: operator.id,
      createdAt: deps.clock.now(),
      finishedAt: null,
      tally: null,
    };
    await deps.appendAudit({
      site: site.id,
      actor: operator.id,
      act: "campaign.send",
      details: { campaign: campaign.id },
    });
    await deps.campaigns.insert(campaign);
    deps.campaignSender.begin(campaign);
    return reply.code(201).send(await presentCampaign(deps, campaign));
  });

  server.post(paths.campaignTest(":siteId"), async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, { role: "admin" });
    await deps.rateLimits.consume("operate", { account: operator.id });
    const site = await deps.getSite(parseInput(params, request.params).siteId);
    const draft = parseInput(draftSchema, request.body);
    const delivery = await sendSingleMail(deps, {
      siteId: site.id,
      to: operator.email,
      kind: "transactional",
      subject: `Test: ${draft.subject}`,
      text: draft.text,
      because: "A test for the person who wrote it. Its opt-out link is real.",
      withOptOut: true,
    });
    if (delivery.state === "sent") return reply.send({ sent: true });
    if (delivery.state === "refused" && delivery.reason === "not_sent")
      return reply.send({ sent: false });
    throw refuse("UNPROCESSABLE", { message: "The mail server did not take the test." });
  });

  server.get(paths.outbox(":siteId"), async (request) => {
    // It holds other people's single-use links.
    await deps.guards.requireOperator(request, { role: "admin" });
    const site = await deps.getSite(parseInput(params, request.params).siteId);
    return deps.outbox.list(site.id, deps.clock.now());
  });
}

async function presentCampaign(
  deps: Pick<Deps, "mailLog">,
  campaign: StoredCampaign,
): Promise<Campaign> {
  const { id, site, subject, text, state, createdAt } = campaign;
  return {
    id,
    siteId: site,
    subject,
    text,
    // Being listed is the first part of sending: a stored draft does not exist for the dashboard.
    state: state === "draft" ? "sending" : state,
    createdAt,
    ...(campaign.tally ?? (await deps.mailLog.tally(id))),
  };
}
