import type { FastifyInstance } from "fastify";
import type { Guards } from "./http/guards.js";
import type { Clock } from "./infra/clock.js";
import type { Mongo } from "./infra/mongo.js";
import type { RateLimits } from "./infra/rate-limits.js";
import { registerAccountRoutes } from "./operators/account-routes.js";
import { endStaleSockets } from "./operators/end-stale-sockets.js";
import { registerOperatorRoutes } from "./operators/operator-routes.js";
import { createOperatorStore } from "./operators/operator-store.js";
import { createSessionStore } from "./operators/session-store.js";
import { findSession } from "./operators/sessions.js";
import { makeFirstLink } from "./operators/setup-links.js";
import { createSetupLinkStore } from "./operators/setup-link-store.js";
import type { AppendAudit } from "./privacy/append-audit.js";

interface OperatorParts {
  db: Mongo["connection"];
  clock: Clock;
  publicUrl: URL;
  appendAudit: AppendAudit;
  /** Cuts the session's sockets, on all nodes. */
  sessionEnded(sessionId: string): void;
}

/** Wires operators: their accounts, their sessions, and the links that open one. */
export function openOperators(parts: OperatorParts) {
  const { db, ...shared } = parts;
  const deps = {
    ...shared,
    operators: createOperatorStore(db),
    sessions: createSessionStore(db),
    setupLinks: createSetupLinkStore(db),
  };
  return {
    operators: deps.operators,
    findSession: (token: string) => findSession(deps, token),
    /** See `App.setupLink`. */
    setupLink: () => makeFirstLink(deps),
    /** Called again and again with the sessions that have a socket open on this node. */
    endStaleSockets: (openSessions: () => string[]) => endStaleSockets({ ...deps, openSessions }),
    registerRoutes(server: FastifyInstance, edge: { guards: Guards; rateLimits: RateLimits }) {
      registerOperatorRoutes(server, { ...deps, ...edge });
      registerAccountRoutes(server, { ...deps, ...edge });
    },
  };
}
