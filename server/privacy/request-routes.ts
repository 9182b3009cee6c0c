import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { paths } from "../../shared/paths.js";
import { requestTypes, type RequestRow } from "../../shared/privacy.js";
import { parseInput } from "../errors.js";
import type { Guards } from "../http/guards.js";
import type { Site } from "../sites/site.js";
import { handleRequest, openRequest, presentRequest, type RequestDeps } from "./requests.js";
import { idOf, siteOf } from "./view-site.js";

export type RequestRouteDeps = RequestDeps & {
  guards: Guards;
  getSite: (id: string) => Promise<Site>;
};

const newSchema = z.strictObject({
  type: z.enum(requestTypes),
  contact: z.string().trim().max(254),
  note: z.string().trim().max(2_000),
});
const stepSchema = z.strictObject({
  state: z.enum(["open", "done", "refused"]),
  note: z.string().trim().max(2_000),
});

/** What people asked for, with due dates; also what came by letter or telephone. */
export function registerRequestRoutes(server: FastifyInstance, deps: RequestRouteDeps): void {
  const view = paths.privacyView(":siteId", "requests");

  server.get(view, async (request): Promise<RequestRow[]> => {
    await deps.guards.requireOperator(request, { role: "operator" });
    const site = await siteOf(deps, request);
    const now = deps.clock.now();
    return (await deps.requests.list(site.id, now)).map((one) => presentRequest(one, now));
  });

  server.post(view, async (request, reply) => {
    const operator = await deps.guards.requireOperator(request, { role: "operator" });
    const site = await siteOf(deps, request);
    const asked = parseInput(newSchema, request.body);
    const opened = await openRequest(deps, site, { ...asked, actor: operator.id });
    return reply.code(201).send(presentRequest(opened, deps.clock.now()));
  });

  server.post(`${view}/:id`, async (request): Promise<RequestRow> => {
    const operator = await deps.guards.requireOperator(request, { role: "operator" });
    const site = await siteOf(deps, request);
    const step = parseInput(stepSchema, request.body);
    const changed = await handleRequest(deps, site, idOf(request), { ...step, actor: operator.id });
    return presentRequest(changed, deps.clock.now());
  });
}
