import type { FastifyInstance } from "fastify";
import { paths } from "../../shared/paths.js";
import { refuse } from "../errors.js";

interface HealthDeps {
  /** Resolves when the store answers. */
  pingStore(): Promise<void>;
  isStopping(): boolean;
}

/** `/healthz`: the process answers. `/readyz`: it can do its work (store reached, not stopping). */
export function registerHealthRoutes(server: FastifyInstance, deps: HealthDeps): void {
  server.get(paths.health, (_request, reply) =>
    reply.header("cache-control", "no-store").send({ ok: true }),
  );
  server.get(paths.ready, async (_request, reply) => {
    if (deps.isStopping()) throw refuse("SHUTTING_DOWN", { retryAfter: 2 });
    await deps.pingStore();
    return reply.header("cache-control", "no-store").send({ ok: true });
  });
}
