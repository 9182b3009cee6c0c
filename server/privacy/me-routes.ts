import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { tokenPattern } from "../../shared/ids.js";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import { visitorSubject } from "../consent/subject.js";
import { parseInput, refuse } from "../errors.js";
import { clientAddress, requireVisitorToken, type Guards } from "../http/guards.js";
import { hashAddress } from "../mail/hash-address.js";
import { normalAddress } from "../mail/normal-address.js";
import type { Site } from "../sites/site.js";
import { findVisitorByToken } from "../visitors/find-visitor.js";
import type { Words } from "../words/words.js";
import { collectPerson } from "./collect-person.js";
import type { Person } from "./erase-subject.js";
import { registerMeActRoutes, type MeActDeps } from "./me-act-routes.js";
import { renderMe } from "./me-page.js";
import { createMeSession, type MeSessionDeps } from "./me-session.js";
import { makeLink, spendLink } from "./privacy-links.js";
import type { RecipientStore } from "./recipient-store.js";
import { renderOpen, renderShort, renderStart } from "./start-page.js";

export type MeDeps = MeSessionDeps &
  MeActDeps & {
    guards: Guards;
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
  const session = createMeSession(deps);
  registerMeActRoutes(server, deps, session);

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
    const who = await session.whoIs(request);
    if (who === null) {
      const query = z.object({ site: text(60).optional(), language: tag.default("") });
      const { site: key, language } = parseInput(query, request.query);
      const site = key === undefined ? null : await deps.findSiteByKey(key);
      const words = session.wordsFor(request, language, site);
      return session.page(reply, 200, words, renderStart(words, site));
    }
    const { site, person, words } = who;
    const { done } = parseInput(z.object({ done: text(20).optional() }), request.query);
    return session.page(
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
        formToken: session.formTokenOf(who.session).toString("base64url"),
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
    return link === null ? over(request, reply) : session.openFor(reply, link);
  });

  const over = (request: FastifyRequest, reply: FastifyReply) => {
    const words = session.wordsFor(request);
    return session.page(reply, 410, words, renderShort(words.over));
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
    const words = session.wordsFor(request, asked.language, site);
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
    return session.page(reply, 200, words, renderShort(words.linkSent));
  });

  const tokenParams = z.object({ token: z.string().regex(tokenPattern) });
  server.get(`${me}/open/:token`, async (request, reply) => {
    const words = session.wordsFor(request);
    return session.page(
      reply,
      200,
      words,
      renderOpen(words, parseInput(tokenParams, request.params).token),
    );
  });
  server.post(`${me}/open/:token`, async (request, reply) => {
    const link = await spendLink(deps, parseInput(tokenParams, request.params).token, ["mail"]);
    return link === null ? over(request, reply) : session.openFor(reply, link);
  });
}
