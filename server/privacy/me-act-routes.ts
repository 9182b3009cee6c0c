import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { purposes } from "../../shared/consent.js";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import { requestTypes } from "../../shared/privacy.js";
import { parseInput, refuse } from "../errors.js";
import { saveProfile } from "../visitors/save-profile.js";
import type { AppendAudit } from "./append-audit.js";
import type { CollectDeps } from "./collect-person.js";
import { eraseScopes, eraseSubject, targetOf, type EraseDeps } from "./erase-subject.js";
import { exportPerson } from "./export-person.js";
import type { MeSession } from "./me-session.js";
import { endFrozen, isFrozen } from "./parents.js";
import { endSession, type LinkDeps } from "./privacy-links.js";
import { openRequest } from "./requests.js";
import { restrictUse } from "./restrict-use.js";
import { renderShort } from "./start-page.js";

export type MeActDeps = LinkDeps & CollectDeps & EraseDeps & { appendAudit: AppendAudit };

const me = paths.privacy;
const text = (max: number) => z.string().max(max);

/** What a person does on the page of rights: each a form, sent by the page's own session. */
export function registerMeActRoutes(
  server: FastifyInstance,
  deps: MeActDeps,
  session: MeSession,
): void {
  server.post(`${me}/export`, async (request, reply) => {
    const { site, person } = await session.requirePerson(request);
    return reply
      .headers({
        "content-disposition": 'attachment; filename="my-data.zip"',
        "cache-control": "no-store",
      })
      .type("application/zip")
      .send(await exportPerson(deps, site, person));
  });

  const back = (reply: FastifyReply, done: string) => reply.redirect(`${me}?done=${done}`, 303);

  server.post(`${me}/correct`, async (request, reply) => {
    const { site, person } = await session.requirePerson(request);
    if (person.kind !== "visitor") throw refuse("FORBIDDEN");
    // JMINI-09: what was not declared is not taken, not even by mistake.
    const fieldsSent = Object.keys(parseInput(z.record(text(40), z.unknown()), request.body));
    if (fieldsSent.some((field) => !["form", "name", "email"].includes(field)))
      throw refuse("UNPROCESSABLE", { message: "Only a name and an e-mail address are taken." });
    const profile = parseInput(
      z.object({ name: text(limits.name), email: text(limits.email) }),
      request.body,
    );
    await saveProfile(deps, site, person.visitor.id, profile);
    const old = person.visitor.profile;
    const fields = (["name", "email"] as const).filter((field) => old[field] !== profile[field]);
    const targetH = targetOf(deps.keys, site.id, person);
    // JPEGR-09: the field by its name; neither the old nor the new value.
    await deps.appendAudit({
      site: site.id,
      actor: "visitor",
      act: "correct",
      targetH,
      details: { fields },
    });
    return back(reply, "correct");
  });

  server.post(`${me}/restrict`, async (request, reply) => {
    const { site, person } = await session.requirePerson(request);
    if (person.kind !== "visitor") throw refuse("FORBIDDEN");
    const asked = parseInput(z.looseObject({ how: z.enum(["restrict", "object"]) }), request.body);
    if (await isFrozen(deps, site, person.visitor))
      throw refuse("FORBIDDEN", { message: "A parent is asked first, and decides." });
    const chosen = purposes.filter((purpose) => asked[`purpose_${purpose}`] === "1");
    await restrictUse(deps, site, person.visitor, asked.how, chosen);
    return back(reply, asked.how);
  });

  /** JIVO-09: whoever objects to a new policy has what was kept under the old one removed. */
  server.post(`${me}/object-policy`, async (request, reply) => {
    const { site, person, words } = await session.requirePerson(request);
    if (person.kind !== "visitor") throw refuse("FORBIDDEN");
    await eraseSubject(deps, site, person, "all", "visitor", "policy_objection");
    return session.page(session.forget(reply), 200, words, renderShort(words.erased));
  });

  server.post(`${me}/erase`, async (request, reply) => {
    const { site, person, words } = await session.requirePerson(request);
    const { scope } = parseInput(
      z.object({ scope: z.enum(eraseScopes), sure: z.literal("1") }),
      request.body,
    );
    if ((person.kind === "address") !== (scope === "mail")) throw refuse("BAD_REQUEST");
    await eraseSubject(deps, site, person, scope, "visitor");
    if (scope === "all" && person.kind === "visitor")
      await endFrozen(deps, site, person.visitor, "visitor", "erased");
    if (scope !== "all") return back(reply, "erase");
    return session.page(session.forget(reply), 200, words, renderShort(words.erased));
  });

  server.post(`${me}/ask`, async (request, reply) => {
    const { site, person } = await session.requirePerson(request);
    const { type, note } = parseInput(
      z.object({ type: z.enum(requestTypes), note: z.string().trim().min(1).max(2_000) }),
      request.body,
    );
    await openRequest(deps, site, {
      type,
      note,
      contact: person.kind === "address" ? person.address : person.visitor.profile.email,
      visitorId: person.kind === "visitor" ? person.visitor.id : null,
      targetH: targetOf(deps.keys, site.id, person),
      verified: true,
      actor: "visitor",
    });
    return back(reply, "ask");
  });

  server.post(`${me}/close`, async (request, reply) => {
    const reader = await session.requirePerson(request);
    await endSession(deps, reader.session);
    return session.page(session.forget(reply), 200, reader.words, renderShort(reader.words.over));
  });
}
