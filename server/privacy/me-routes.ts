import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { purposes } from "../../shared/consent.js";
import { tokenPattern } from "../../shared/ids.js";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import { requestTypes } from "../../shared/privacy.js";
import { visitorSubject } from "../consent/subject.js";
import { parseInput, refuse } from "../errors.js";
import { clientAddress, readCookie, requireVisitorToken, type Guards } from "../http/guards.js";
import { sendPage } from "../http/public-page.js";
import { hmac, sameBytes } from "../infra/keys.js";
import type { RateLimits } from "../infra/rate-limits.js";
import { hashAddress } from "../mail/hash-address.js";
import { normalAddress } from "../mail/normal-address.js";
import type { Site } from "../sites/site.js";
import { findVisitorByToken } from "../visitors/find-visitor.js";
import { saveProfile } from "../visitors/save-profile.js";
import { chooseWords, readerLanguages } from "../words/choose-words.js";
import type { Words } from "../words/words.js";
import type { AppendAudit } from "./append-audit.js";
import { collectPerson, type CollectDeps } from "./collect-person.js";
import {
  eraseScopes,
  eraseSubject,
  targetOf,
  type EraseDeps,
  type Person,
} from "./erase-subject.js";
import { exportPerson } from "./export-person.js";
import { renderMe } from "./me-page.js";
import {
  addressOf,
  endSession,
  findPerson,
  makeLink,
  spendLink,
  type LinkDeps,
} from "./privacy-links.js";
import type { PrivacyLink } from "./privacy-link-store.js";
import { endFrozen, isFrozen } from "./parents.js";
import { openRequest } from "./requests.js";
import { restrictUse } from "./restrict-use.js";
import type { RecipientStore } from "./recipient-store.js";
import { renderOpen, renderShort, renderStart } from "./start-page.js";

export type MeDeps = LinkDeps &
  CollectDeps &
  EraseDeps & {
    guards: Guards;
    rateLimits: RateLimits;
    publicUrl: URL;
    appendAudit: AppendAudit;
    findSite: (id: string) => Promise<Site | null>;
    findSiteByKey: (key: string) => Promise<Site | null>;
    recipients: Pick<RecipientStore, "findTransfer">;
    listRecipients: (site: string) => Promise<{ name: string; purpose: string; country: string }[]>;
    /** Hands a single-use link over to the owner of an address; does nothing for an unknown one. */
    mailLink: (
      site: Site,
      address: string,
      addressH: string,
      url: string,
      words: Words,
    ) => Promise<void>;
  };

const me = paths.privacy;
const text = (max: number) => z.string().max(max);
const doneActs = ["correct", "restrict", "object", "erase", "ask"] as const;
const tag = z.string().regex(/^[A-Za-z0-9-]{0,35}$/);

/** The rights of whoever data is about (JPEGR-07 to JPEGR-09): plain forms, no scripts. */
export function registerMeRoutes(server: FastifyInstance, deps: MeDeps): void {
  const secure = deps.publicUrl.protocol === "https:";
  const cookieName = secure ? "__Host-porchlight_me" : "porchlight_me";
  const cookie = { path: "/", httpOnly: true, sameSite: "lax", secure } as const;
  const formTokenOf = (session: string) => hmac(deps.keys.links, "privacy-form", session);
  const page = (reply: FastifyReply, status: number, words: Words, body: string) =>
    sendPage(reply, status, { title: words.me.title, ...words, body });
  /** In the language that was asked for by name, else in what the browser's reader reads, else in the site's. */
  const wordsFor = (request: FastifyRequest, wanted = "", site: Site | null = null) =>
    chooseWords(wanted, ...readerLanguages(request.headers), site?.language);

  async function openFor(reply: FastifyReply, link: PrivacyLink): Promise<FastifyReply> {
    const address = addressOf(deps.keys, link);
    const person =
      link.visitorId !== null ? { visitorId: link.visitorId } : { address: address ?? "" };
    const session = await makeLink(deps, link.site, "session", person, link.language);
    return reply.setCookie(cookieName, session, { ...cookie, maxAge: 15 * 60 }).redirect(me, 303);
  }

  async function whoIs(request: FastifyRequest) {
    const session = readCookie(request.headers.cookie, cookieName) ?? "";
    const found = await findPerson(deps, session);
    const site = found === null ? null : await deps.findSite(found.site);
    if (found === null || site === null) return null;
    const words = wordsFor(request, found.language, site);
    return { session, site, person: found.person, words };
  }

  /** A form of this page, sent by its own session. @throws LINK_INVALID, FORBIDDEN */
  async function requirePerson(request: FastifyRequest) {
    const who = await whoIs(request);
    if (who === null) throw refuse("LINK_INVALID");
    const { form } = parseInput(z.object({ form: text(100) }), request.body);
    if (!sameBytes(Buffer.from(form, "base64url"), formTokenOf(who.session)))
      throw refuse("FORBIDDEN");
    await deps.rateLimits.consume("privacy", { address: clientAddress(request) });
    return who;
  }

  server.post(paths.privacyTicket(":siteKey"), async (request, reply) => {
    const site = await deps.guards.requireSite(request, reply);
    const token = requireVisitorToken(request);
    await deps.rateLimits.consume("privacy", { visitor: token, address: clientAddress(request) });
    const visitor = await findVisitorByToken(deps, site, token);
    if (visitor === null)
      throw refuse("UNKNOWN_VISITOR", { message: "Nothing is kept about you yet." });
    const { language } = parseInput(z.object({ language: tag.default("") }), request.body ?? {});
    const ticket = await makeLink(deps, site.id, "ticket", { visitorId: visitor.id }, language);
    return { ticket, action: new URL(me, deps.publicUrl).href };
  });

  server.get(me, async (request, reply) => {
    const who = await whoIs(request);
    if (who === null) {
      const query = z.object({ site: text(60).optional(), language: tag.default("") });
      const { site: key, language } = parseInput(query, request.query);
      const site = key === undefined ? null : await deps.findSiteByKey(key);
      const words = wordsFor(request, language, site);
      return page(reply, 200, words, renderStart(words, site));
    }
    const { site, person, session, words } = who;
    const { done } = parseInput(z.object({ done: text(20).optional() }), request.query);
    return page(
      reply,
      200,
      words,
      renderMe({
        words,
        site,
        person,
        data: await collectPerson(deps, site, person),
        restricted: await restrictedOf(site, person),
        upcoming: (await deps.policies.stateOf(site.id)).upcoming,
        recipients: await deps.listRecipients(site.id),
        policyUrl: `${paths.policy(encodeURIComponent(site.key))}?language=${words.language}`,
        transfer: await deps.recipients.findTransfer(site.id),
        formToken: formTokenOf(session).toString("base64url"),
        done: doneActs.find((act) => act === done) ?? null,
      }),
    );
  });

  async function restrictedOf(site: Site, person: Person) {
    if (person.kind === "address") return [];
    const subjectH = visitorSubject(deps.keys, site.id, person.visitor.tokenHash);
    return (await deps.consentReader.ofSubject(site.id, subjectH))?.restricted ?? [];
  }

  server.post(me, async (request, reply) => {
    const { ticket } = parseInput(z.object({ ticket: text(60) }), request.body);
    const link = await spendLink(deps, ticket, ["ticket"]);
    return link === null ? over(request, reply) : openFor(reply, link);
  });

  const over = (request: FastifyRequest, reply: FastifyReply) => {
    const words = wordsFor(request);
    return page(reply, 410, words, renderShort(words.over));
  };

  server.post(`${me}/link`, async (request, reply) => {
    const form = z.object({ site: text(60), email: text(limits.email), language: tag.default("") });
    const asked = parseInput(form, request.body);
    const address = normalAddress(asked.email);
    const site = await deps.findSiteByKey(asked.site);
    await deps.rateLimits.consume("privacy", {
      address: clientAddress(request),
      ...(address === null ? {} : { account: address }),
    });
    const words = wordsFor(request, asked.language, site);
    if (address !== null && site !== null) {
      const token = await makeLink(deps, site.id, "mail", { address }, words.language);
      await deps.mailLink(
        site,
        address,
        hashAddress(deps.keys, address),
        new URL(`${me}/open/${token}`, deps.publicUrl).href,
        words,
      );
    }
    return page(reply, 200, words, renderShort(words.linkSent));
  });

  const tokenParams = z.object({ token: z.string().regex(tokenPattern) });
  server.get(`${me}/open/:token`, async (request, reply) => {
    const words = wordsFor(request);
    return page(
      reply,
      200,
      words,
      renderOpen(words, parseInput(tokenParams, request.params).token),
    );
  });
  server.post(`${me}/open/:token`, async (request, reply) => {
    const link = await spendLink(deps, parseInput(tokenParams, request.params).token, ["mail"]);
    return link === null ? over(request, reply) : openFor(reply, link);
  });

  server.post(`${me}/export`, async (request, reply) => {
    const { site, person } = await requirePerson(request);
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
    const { site, person } = await requirePerson(request);
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
    const { site, person } = await requirePerson(request);
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
    const { site, person, words } = await requirePerson(request);
    if (person.kind !== "visitor") throw refuse("FORBIDDEN");
    await eraseSubject(deps, site, person, "all", "visitor", "policy_objection");
    return page(reply.clearCookie(cookieName, cookie), 200, words, renderShort(words.erased));
  });

  server.post(`${me}/erase`, async (request, reply) => {
    const { site, person, words } = await requirePerson(request);
    const { scope } = parseInput(
      z.object({ scope: z.enum(eraseScopes), sure: z.literal("1") }),
      request.body,
    );
    if ((person.kind === "address") !== (scope === "mail")) throw refuse("BAD_REQUEST");
    await eraseSubject(deps, site, person, scope, "visitor");
    if (scope === "all" && person.kind === "visitor")
      await endFrozen(deps, site, person.visitor, "visitor", "erased");
    if (scope !== "all") return back(reply, "erase");
    return page(reply.clearCookie(cookieName, cookie), 200, words, renderShort(words.erased));
  });

  server.post(`${me}/ask`, async (request, reply) => {
    const { site, person } = await requirePerson(request);
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
    const { session, words } = await requirePerson(request);
    await endSession(deps, session);
    return page(reply.clearCookie(cookieName, cookie), 200, words, renderShort(words.over));
  });
}
