import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { tokenPattern } from "../../shared/ids.js";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import { parseInput, refuse } from "../errors.js";
import type { Guards } from "../http/guards.js";
import { escapeHtml, sendPage } from "../http/public-page.js";
import { normalAddress } from "../mail/normal-address.js";
import type { Site } from "../sites/site.js";
import { chooseWords, readerLanguages } from "../words/choose-words.js";
import { decideAsParent, handleChild, type ParentDeps } from "./parents.js";
import { renderShort } from "./start-page.js";
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
    const { parent, ...page } = chooseWords(...readerLanguages(request.headers));
    return sendPage(reply, 200, {
      ...page,
      title: parent.title,
      body: `${renderShort(parent)}
<form method="post" action="${paths.privacy}/parent/${token}" class="row">
<button name="decision" value="delete">${escapeHtml(parent.delete)}</button>
<button class="plain" name="decision" value="keep">${escapeHtml(parent.keep)}</button></form>`,
    });
  });
  server.post(`${paths.privacy}/parent/:token`, async (request, reply) => {
    const { token } = parseInput(params, request.params);
    const body = z.object({ decision: z.enum(["keep", "delete"]) });
    const { decision } = parseInput(body, request.body);
    const outcome = await decideAsParent(deps, token, decision, deps.findSite);
    const { parent, over, ...page } = chooseWords(...readerLanguages(request.headers));
    const { title } = parent;
    if (outcome === null) return sendPage(reply, 410, { ...page, title, body: renderShort(over) });
    const text = outcome === "kept" ? parent.kept : parent.deleted;
    return sendPage(reply, 200, { ...page, title, body: renderShort({ title, text }) });
  });
}
