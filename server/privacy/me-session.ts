import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { paths } from "../../shared/paths.js";
import { parseInput, refuse } from "../errors.js";
import { clientAddress, readCookie } from "../http/guards.js";
import { sendPage } from "../http/public-page.js";
import { hmac, sameBytes } from "../infra/keys.js";
import type { RateLimits } from "../infra/rate-limits.js";
import type { Site } from "../sites/site.js";
import { chooseWords, readerLanguages } from "../words/choose-words.js";
import type { Words } from "../words/words.js";
import type { Person } from "./erase-subject.js";
import { addressOf, findPerson, makeLink, type LinkDeps } from "./privacy-links.js";
import type { PrivacyLink } from "./privacy-link-store.js";

export type MeSessionDeps = LinkDeps & {
  rateLimits: RateLimits;
  publicUrl: URL;
  findSite: (id: string) => Promise<Site | null>;
};

/** Who reads the page of rights, by the session that a link or the widget opened. */
export interface Reader {
  session: string;
  site: Site;
  person: Person;
  words: Words;
}

/** The session behind the page of rights: a cookie for some minutes, and a token in each of its forms. */
export interface MeSession {
  page(reply: FastifyReply, status: number, words: Words, body: string): FastifyReply;
  /** In the language that was asked for by name, else in what the browser's reader reads, else in the site's. */
  wordsFor(request: FastifyRequest, wanted?: string, site?: Site | null): Words;
  /** Begins one for whoever a spent link stands for, and shows the page. */
  openFor(reply: FastifyReply, link: PrivacyLink): Promise<FastifyReply>;
  whoIs(request: FastifyRequest): Promise<Reader | null>;
  /** A form of this page, sent by its own session. @throws LINK_INVALID, FORBIDDEN */
  requirePerson(request: FastifyRequest): Promise<Reader>;
  formTokenOf(session: string): Buffer;
  /** Takes the cookie away: what it stood for is over, or gone. */
  forget(reply: FastifyReply): FastifyReply;
}

export function createMeSession(deps: MeSessionDeps): MeSession {
  const secure = deps.publicUrl.protocol === "https:";
  const cookieName = secure ? "__Host-porchlight_me" : "porchlight_me";
  const cookie = { path: "/", httpOnly: true, sameSite: "lax", secure } as const;
  const formTokenOf = (session: string) => hmac(deps.keys.links, "privacy-form", session);
  const wordsFor = (request: FastifyRequest, wanted = "", site: Site | null = null) =>
    chooseWords(wanted, ...readerLanguages(request.headers), site?.language);

  async function whoIs(request: FastifyRequest): Promise<Reader | null> {
    const session = readCookie(request.headers.cookie, cookieName) ?? "";
    const found = await findPerson(deps, session);
    const site = found === null ? null : await deps.findSite(found.site);
    if (found === null || site === null) return null;
    const words = wordsFor(request, found.language, site);
    return { session, site, person: found.person, words };
  }

  return {
    page: (reply, status, words, body) =>
      sendPage(reply, status, { title: words.me.title, ...words, body }),
    wordsFor,
    async openFor(reply, link) {
      const address = addressOf(deps.keys, link);
      const person =
        link.visitorId !== null ? { visitorId: link.visitorId } : { address: address ?? "" };
      const session = await makeLink(deps, link.site, "session", person, link.language);
      return reply
        .setCookie(cookieName, session, { ...cookie, maxAge: 15 * 60 })
        .redirect(paths.privacy, 303);
    },
    whoIs,
    async requirePerson(request) {
      const who = await whoIs(request);
      if (who === null) throw refuse("LINK_INVALID");
      const { form } = parseInput(z.object({ form: z.string().max(100) }), request.body);
      if (!sameBytes(Buffer.from(form, "base64url"), formTokenOf(who.session)))
        throw refuse("FORBIDDEN");
      await deps.rateLimits.consume("privacy", { address: clientAddress(request) });
      return who;
    },
    formTokenOf,
    forget: (reply) => reply.clearCookie(cookieName, cookie),
  };
}
