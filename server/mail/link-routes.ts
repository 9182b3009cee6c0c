import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { paths } from "../../shared/paths.js";
import { isStoreUnavailable, parseInput, Refusal, refuse } from "../errors.js";
import { clientAddress } from "../http/guards.js";
import { sendPage } from "../http/public-page.js";
import type { Log } from "../infra/log.js";
import type { RateLimits } from "../infra/rate-limits.js";
import type { Site } from "../sites/site.js";
import { chooseWords, readerLanguages } from "../words/choose-words.js";
import type { Words } from "../words/words.js";
import { linkPage } from "./link-pages.js";
import { maskAddress } from "./normal-address.js";
import { readOptOutToken } from "./opt-out-token.js";
import { readSource } from "./subscribe-routes.js";
import type { Subscriber } from "./subscriber-store.js";
import { confirmSubscription, findPending, type SubscribeDeps } from "./subscribe.js";
import { suppressAddress } from "./suppress-address.js";

interface Deps extends SubscribeDeps {
  rateLimits: RateLimits;
  log: Log;
}

const params = z.object({ token: z.string().max(1500) });
/** What a one-click body may weigh; its content does not matter. */
const bodyBytes = 64 * 1024;

/**
 * The links in mails. Reading one changes nothing, however often; posting to it does, without a
 * cookie, a CSRF token or a redirect, whatever the body (RFC 8058, section 3.1): the token is all.
 */
export async function registerLinkRoutes(server: FastifyInstance, deps: Deps): Promise<void> {
  await server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, parsed) => {
      let bytes = 0;
      payload.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > bodyBytes) payload.destroy(refuse("PAYLOAD_TOO_LARGE"));
      });
      payload.once("end", () => parsed(null));
      payload.once("error", (error: Error) => parsed(error));
    });
    registerOptOut(scope, deps);
    registerConfirm(scope, deps);
    done();
  });
}

function registerOptOut(scope: FastifyInstance, deps: Deps): void {
  const path = paths.unsubscribe(":token");

  scope.get(path, async (request, reply) => {
    const optOut = readOptOutToken(deps.keys, parseInput(params, request.params).token);
    if (optOut === null) return notWhole(request, reply);
    const { site, words } = await findReader(deps, request, optOut.siteId, optOut.addressH);
    const about = { address: optOut.masked };
    return sendPage(reply, 200, linkPage(words, site, words.links.askStop, about));
  });

  scope.post(path, async (request, reply) => {
    const optOut = readOptOutToken(deps.keys, parseInput(params, request.params).token);
    if (optOut === null) return notWhole(request, reply);
    await deps.rateLimits.consume("unsubscribe", { address: clientAddress(request) });
    try {
      await suppressAddress(deps, {
        siteId: optOut.siteId,
        addressH: optOut.addressH,
        keyId: optOut.addressKeyId,
        scope: "marketing",
        reason: "unsubscribe",
        source: "link",
      });
    } catch (error) {
      // Whatever failed: "done" may only be said when it is stored.
      return notSaved(deps, request, reply, error);
    }
    const { site, words } = await findReader(deps, request, optOut.siteId, optOut.addressH);
    const about = { address: optOut.masked };
    return sendPage(reply, 200, linkPage(words, site, words.links.stopped, about));
  });
}

function registerConfirm(scope: FastifyInstance, deps: Deps): void {
  const path = paths.confirm(":token");
  const used = (request: FastifyRequest, reply: FastifyReply) => {
    const words = chooseWords(...readerLanguages(request.headers));
    return sendPage(reply, 404, linkPage(words, null, words.links.used));
  };
  const show = (reply: FastifyReply, site: Site | null, subscriber: Subscriber, step: Step) => {
    const words = chooseWords(subscriber.language, site?.language);
    const about = { address: maskAddress(subscriber.address), site: site?.name ?? "" };
    return sendPage(reply, 200, linkPage(words, site, words.links[step], about));
  };

  scope.get(path, async (request, reply) => {
    const pending = await findPending(deps, parseInput(params, request.params).token);
    if (pending === null) return used(request, reply);
    return show(reply, await deps.getSite(pending.site), pending, "askConfirm");
  });

  scope.post(path, async (request, reply) => {
    const { token } = parseInput(params, request.params);
    try {
      const confirmed = await confirmSubscription(deps, token, readSource(request));
      return await show(reply, await findSite(deps, confirmed.site), confirmed, "confirmed");
    } catch (error) {
      if (error instanceof Refusal && error.code === "LINK_INVALID") return used(request, reply);
      return notSaved(deps, request, reply, error);
    }
  });
}

type Step = "askConfirm" | "confirmed";

function notWhole(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const words = chooseWords(...readerLanguages(request.headers));
  return sendPage(reply, 404, linkPage(words, null, words.links.unknown));
}

function notSaved(
  deps: Pick<Deps, "log">,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): FastifyReply {
  deps.log.error({ err: error }, "a link's act was not saved");
  reply.header("retry-after", 60);
  const words = chooseWords(...readerLanguages(request.headers));
  return sendPage(reply, 503, linkPage(words, null, words.links.notSaved));
}

/** Whose page it is, in the language they subscribed in; what is gone or cannot be read leaves the browser's. */
async function findReader(
  deps: Pick<Deps, "getSite" | "subscribers">,
  request: FastifyRequest,
  siteId: string,
  addressH: string,
): Promise<{ site: Site | null; words: Words }> {
  const site = await findSite(deps, siteId);
  const subscriber = await unlessGone(() => deps.subscribers.find(siteId, addressH));
  const languages = readerLanguages(request.headers);
  return { site, words: chooseWords(subscriber?.language, ...languages, site?.language) };
}

/** The page still works where its site is gone, or the store cannot say whose it is. */
function findSite(deps: Pick<Deps, "getSite">, siteId: string): Promise<Site | null> {
  return unlessGone(() => deps.getSite(siteId));
}

async function unlessGone<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Refusal || isStoreUnavailable(error)) return null;
    throw error;
  }
}
