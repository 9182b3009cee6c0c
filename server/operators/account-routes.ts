import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import { parseInput } from "../errors.js";
import type { Guards } from "../http/guards.js";
import {
  changeRole,
  inviteOperator,
  listAccounts,
  removeOperator,
  renewInvitation,
  type AccountDeps,
} from "./accounts.js";

interface Deps extends AccountDeps {
  guards: Guards;
}

const role = z.enum(["admin", "operator", "viewer"]);
const invitationSchema = z.object({ email: z.string().min(1).max(limits.email), role });
const changeSchema = z.object({ role });
const params = z.object({ operatorId: z.string().max(60) });

/** Who may sign in, and as what: for admins alone. Links are answers that no cache keeps. */
export function registerAccountRoutes(server: FastifyInstance, deps: Deps): void {
  const admin = { role: "admin" } as const;

  server.get(paths.operators, async (request) => {
    await deps.guards.requireOperator(request, admin);
    return listAccounts(deps);
  });

  server.post(paths.operators, async (request, reply) => {
    const { id } = await deps.guards.requireOperator(request, admin);
    const form = parseInput(invitationSchema, request.body);
    const invitation = await inviteOperator(deps, id, form);
    return reply.header("cache-control", "no-store").code(201).send(invitation);
  });

  server.patch(paths.operatorAccount(":operatorId"), async (request) => {
    const { id } = await deps.guards.requireOperator(request, admin);
    const { operatorId } = parseInput(params, request.params);
    return changeRole(deps, id, operatorId, parseInput(changeSchema, request.body).role);
  });

  server.delete(paths.operatorAccount(":operatorId"), async (request, reply) => {
    const { id } = await deps.guards.requireOperator(request, admin);
    const { operatorId } = parseInput(params, request.params);
    await removeOperator(deps, id, operatorId);
    return reply.code(204).send();
  });

  server.post(paths.operatorLink(":operatorId"), async (request, reply) => {
    const { id } = await deps.guards.requireOperator(request, admin);
    const { operatorId } = parseInput(params, request.params);
    const invitation = await renewInvitation(deps, id, operatorId);
    return reply.header("cache-control", "no-store").send(invitation);
  });
}
