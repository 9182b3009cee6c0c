import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import type { RequestRow } from "../../shared/privacy.js";
import { parseInput, refuse } from "../errors.js";
import type { Guards } from "../http/guards.js";
import type { Site } from "../sites/site.js";
import type { Visitor } from "../visitors/visitor-store.js";
import type { CollectDeps } from "./collect-person.js";
import { eraseScopes, eraseSubject, targetOf, type EraseDeps } from "./erase-subject.js";
import { exportPerson } from "./export-person.js";
import { endFrozen } from "./parents.js";
import type { PrivacyRequest } from "./request-store.js";
import { handleRequest, openRequest, presentRequest, type RequestDeps } from "./requests.js";
import { siteOf } from "./view-site.js";

export type PersonRouteDeps = EraseDeps &
  CollectDeps &
  RequestDeps & {
    guards: Guards;
    getSite: (id: string) => Promise<Site>;
    /** Whose conversation it is; null when the site has none of that id. */
    findOwner: (site: Site, conversationId: string) => Promise<string | null>;
  };

/** Who asked, and how an operator made sure that it is the person: nothing is done without. */
const askedSchema = z.strictObject({
  conversationId: z.string().max(60),
  contact: z.string().trim().min(1).max(limits.email),
  note: z.string().trim().min(1).max(2_000),
});
const eraseSchema = askedSchema.extend({ scope: z.enum(eraseScopes).exclude(["mail"]) });

/**
 * What an operator does for somebody who asked by letter, by telephone or in the chat: a copy of
 * their data, or its erasure. Each is a request with its steps, is audited, and is done at once.
 */
export function registerPersonRoutes(server: FastifyInstance, deps: PersonRouteDeps): void {
  async function ownerOf(site: Site, conversationId: string): Promise<Visitor> {
    const visitorId = await deps.findOwner(site, conversationId);
    const visitor = visitorId === null ? null : await deps.visitors.find(site.id, visitorId);
    if (visitor === null) throw refuse("UNKNOWN_VISITOR");
    return visitor;
  }

  /** An open request of the same kind is the one that is being honoured. */
  async function beginRequest(
    site: Site,
    visitor: Visitor,
    asked: { type: "access" | "erase"; contact: string; note: string; actor: string },
  ): Promise<PrivacyRequest> {
    const targetH = targetOf(deps.keys, site.id, { kind: "visitor", visitor });
    const known = (await deps.requests.listOf(site.id, targetH)).find(
      ({ type, state }) => type === asked.type && state === "open",
    );
    if (known !== undefined) return known;
    return openRequest(deps, site, { ...asked, visitorId: visitor.id, targetH, verified: true });
  }

  // A copy leaves the house: for admins, who answer for that.
  server.post(paths.privacyView(":siteId", "people/export"), async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, { role: "admin" });
    const site = await siteOf(deps, request);
    const { conversationId, contact, note } = parseInput(askedSchema, request.body);
    const visitor = await ownerOf(site, conversationId);
    const asked = { type: "access", contact, note, actor: operator.id } as const;
    const { id } = await beginRequest(site, visitor, asked);
    const zip = await exportPerson(
      deps,
      site,
      { kind: "visitor", visitor },
      {
        actor: operator.id,
        addresses: site.rules.ip.link,
      },
    );
    await handleRequest(deps, site, id, { actor: operator.id, state: "done", note });
    return reply
      .headers({
        "content-disposition": 'attachment; filename="person.zip"',
        "cache-control": "no-store",
      })
      .type("application/zip")
      .send(zip);
  });

  server.post(
    paths.privacyView(":siteId", "people/erase"),
    async (request): Promise<RequestRow> => {
      const operator = await deps.guards.requireOperator(request, { role: "operator" });
      const site = await siteOf(deps, request);
      const { conversationId, contact, note, scope } = parseInput(eraseSchema, request.body);
      const visitor = await ownerOf(site, conversationId);
      const asked = { type: "erase", contact, note, actor: operator.id } as const;
      const { id } = await beginRequest(site, visitor, asked);
      const person = { kind: "visitor", visitor } as const;
      await eraseSubject(deps, site, person, scope, operator.id);
      if (scope === "all") await endFrozen(deps, site, visitor, operator.id, "erased");
      const done = { actor: operator.id, state: "done", note } as const;
      return presentRequest(await handleRequest(deps, site, id, done), deps.clock.now());
    },
  );
}
