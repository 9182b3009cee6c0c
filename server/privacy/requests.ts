import { randomFillSync } from "node:crypto";
import { makeId } from "../../shared/ids.js";
import type { RequestRow, RequestState, RequestType } from "../../shared/privacy.js";
import { refuse } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { Site } from "../sites/site.js";
import type { AppendAudit } from "./append-audit.js";
import type { PrivacyRequest, RequestStore } from "./request-store.js";

export interface RequestDeps {
  clock: Clock;
  requests: RequestStore;
  appendAudit: AppendAudit;
}

const dayMs = 86_400_000;
const keepDays = 1095;

export interface NewRequest {
  type: RequestType;
  contact: string;
  note: string;
  actor: string;
  visitorId?: string | null;
  targetH?: string | null;
  verified?: boolean;
  frozen?: boolean;
}

/** Enters a request that a person must handle; it is due within the site's days, 30 at most (JIVO-08). */
export async function openRequest(
  deps: RequestDeps,
  site: Site,
  asked: NewRequest,
): Promise<PrivacyRequest> {
  const now = deps.clock.now();
  const request: PrivacyRequest = {
    id: makeId((bytes) => randomFillSync(bytes)),
    site: site.id,
    type: asked.type,
    contact: asked.contact,
    visitorId: asked.visitorId ?? null,
    targetH: asked.targetH ?? null,
    verifiedAt: asked.verified === true ? now : null,
    receivedAt: now,
    dueAt: now + site.rules.requests.dueDays * dayMs,
    state: "open",
    frozen: asked.frozen === true,
    steps: [{ at: now, actor: asked.actor, act: "received", note: asked.note }],
    expireAt: new Date(now + keepDays * dayMs),
  };
  await deps.requests.insert(request);
  await deps.appendAudit({
    site: site.id,
    actor: asked.actor,
    act: `request.${asked.type}`,
    targetH: request.targetH,
  });
  return request;
}

/** An operator's step: a note, or the end. @throws NOT_FOUND, CONFLICT for an end that parents decide */
export async function handleRequest(
  deps: RequestDeps,
  site: Site,
  id: string,
  step: { actor: string; state: RequestState; note: string },
): Promise<PrivacyRequest> {
  const { actor, state, note } = step;
  if (state !== "open" && (await deps.requests.find(site.id, id))?.frozen === true)
    throw refuse("CONFLICT", {
      message: "The parents end this by the link in their mail; erasing the data ends it, too.",
    });
  const at = deps.clock.now();
  const changed = await deps.requests.addStep(
    site.id,
    id,
    { at, actor, act: state, note },
    { state },
  );
  if (changed === null) throw refuse("NOT_FOUND");
  await deps.appendAudit({
    site: site.id,
    actor,
    act: `request.${state}`,
    targetH: changed.targetH,
  });
  return changed;
}

export function presentRequest(request: PrivacyRequest, now: number): RequestRow {
  const { id, type, state, receivedAt, dueAt, contact, steps, verifiedAt } = request;
  const overdue = state === "open" && dueAt < now;
  return {
    id,
    type,
    state,
    receivedAt,
    dueAt,
    overdue,
    verified: verifiedAt !== null,
    contact,
    steps,
  };
}

/** Days before the end of the period on which the controller is reminded: the 20th and 27th of 30. */
const reminders = [
  { act: "reminder_10_days", before: 10 * dayMs },
  { act: "reminder_3_days", before: 3 * dayMs },
  { act: "overdue", before: 0 },
];

/**
 * Reminds the controllers of what is due, each time once, however many nodes do it.
 * @returns how many reminders went out
 */
export async function remindOfRequests(
  deps: RequestDeps & { remind: (request: PrivacyRequest, act: string) => Promise<void> },
): Promise<number> {
  const now = deps.clock.now();
  let sent = 0;
  for (const request of await deps.requests.listDue(now + 10 * dayMs)) {
    for (const { act, before } of reminders) {
      if (request.dueAt - before > now) continue;
      const step = { at: now, actor: "server", act, note: "" };
      const noted = await deps.requests.addStep(request.site, request.id, step, { once: true });
      if (noted === null) continue;
      await deps.remind(request, act);
      sent += 1;
    }
  }
  return sent;
}
