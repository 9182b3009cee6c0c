import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { tokenPattern } from "../../shared/ids.js";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import { parseInput, refuse } from "../errors.js";
import type { Guards } from "../http/guards.js";
import { sendPage } from "../http/public-page.js";
import { normalAddress } from "../mail/normal-address.js";
import type { Site } from "../sites/site.js";
import { decideAsParent, handleChild, type ParentDeps } from "./parents.js";
import { renderOver } from "./start-page.js";
import { siteOf } from "./view-site.js";

export type ParentRouteDeps = ParentDeps & {
  guards: Guards;
  getSite: (id: string) => Promise<Site>;
  findSite: (id: string) => Promise<Site | null>;
  /** Whose conversation it is; null when the site has none of that id. */
  findOwner: (site: Site, conversationId: string) => Promise<string | null>;
};

const childSchema = z.strictObject({
  conversationId: z.string().max(60),
  parentEmail: z.string().max(limits.email).nullable(),
});
const params = z.object({ token: z.string().regex(tokenPattern) });
const title = "Your child's data";

/** A visitor under 13: one action of an operator, and the parents' decision. */
export function registerParentRoutes(server: FastifyInstance, deps: ParentRouteDeps): void {
  server.post(paths.privacyView(":siteId", "children"), async (request) => {
    const operator = await deps.guards.requireOperator(request, { role: "operator" });
    const site = await siteOf(deps, request);
    const { conversationId, parentEmail } = parseInput(childSchema, request.body);
    const address = parentEmail === null ? null : normalAddress(parentEmail);
    if (parentEmail !== null && address === null) throw refuse("EMAIL_INVALID");
    const visitorId = await deps.findOwner(site, conversationId);
    const visitor = visitorId === null ? null : await deps.visitors.find(site.id, visitorId);
    if (visitor === null) throw refuse("UNKNOWN_VISITOR");
    return { outcome: await handleChild(deps, site, visitor, operator.id, address) };
  });

  // Opening changes nothing, because mail scanners open every link.
  server.get(`${paths.privacy}/parent/:token`, async (request, reply) => {
    const { token } = parseInput(params, request.params);
    return sendPage(reply, 200, {
      title,
      language: "en",
      body: `<h1>${title}</h1>
<p>Somebody who seems to be your child, and under 13, wrote to us. Nothing of it is used until you decide. Without an answer it is deleted.</p>
<form method="post" action="${paths.privacy}/parent/${token}" class="row">
<button name="decision" value="delete">Delete it</button>
<button class="plain" name="decision" value="keep">Keep it, they may use the chat</button></form>`,
    });
  });
  server.post(`${paths.privacy}/parent/:token`, async (request, reply) => {
    const { token } = parseInput(params, request.params);
    const body = z.object({ decision: z.enum(["keep", "delete"]) });
    const { decision } = parseInput(body, request.body);
    const outcome = await decideAsParent(deps, token, decision, deps.findSite);
    if (outcome === null)
      return sendPage(reply, 410, { title, language: "en", body: renderOver() });
    const words = outcome === "kept" ? "It is kept, and may be used." : "It is deleted.";
    return sendPage(reply, 200, {
      title,
      language: "en",
      body: `<h1>${title}</h1><p>${words}</p>`,
    });
  });
}
