import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { paths } from "../../shared/paths.js";
import { isStoreUnavailable, parseInput, Refusal, refuse } from "../errors.js";
import { clientAddress } from "../http/guards.js";
import { sendPage } from "../http/public-page.js";
import type { Log } from "../infra/log.js";
import type { RateLimits } from "../infra/rate-limits.js";
import type { Site } from "../sites/site.js";
import { linkPage, pageWords } from "./link-pages.js";
import { maskAddress } from "./normal-address.js";
import { readOptOutToken } from "./opt-out-token.js";
import { readSource } from "./subscribe-routes.js";
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
    if (optOut === null) return sendPage(reply, 404, linkPage(null, pageWords.unknownLink));
    const site = await findSite(deps, optOut.siteId);
    return sendPage(reply, 200, linkPage(site, pageWords.askStop(optOut.masked)));
  });

  scope.post(path, async (request, reply) => {
    const optOut = readOptOutToken(deps.keys, parseInput(params, request.params).token);
    if (optOut === null) return sendPage(reply, 404, linkPage(null, pageWords.unknownLink));
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
      return notSaved(deps, reply, error);
    }
    const site = await findSite(deps, optOut.siteId);
    return sendPage(reply, 200, linkPage(site, pageWords.stopped(optOut.masked)));
  });
}

function registerConfirm(scope: FastifyInstance, deps: Deps): void {
  const path = paths.confirm(":token");

  scope.get(path, async (request, reply) => {
    const pending = await findPending(deps, parseInput(params, request.params).token);
    if (pending === null) return sendPage(reply, 404, linkPage(null, pageWords.usedLink));
    const site = await deps.getSite(pending.site);
    const words = pageWords.askConfirm(maskAddress(pending.address), site.name);
    return sendPage(reply, 200, linkPage(site, words));
  });

  scope.post(path, async (request, reply) => {
    const { token } = parseInput(params, request.params);
    try {
      const confirmed = await confirmSubscription(deps, token, readSource(request));
      const site = await findSite(deps, confirmed.site);
      return await sendPage(
        reply,
        200,
        linkPage(site, pageWords.confirmed(maskAddress(confirmed.address))),
      );
    } catch (error) {
      if (error instanceof Refusal && error.code === "LINK_INVALID")
        return sendPage(reply, 404, linkPage(null, pageWords.usedLink));
      return notSaved(deps, reply, error);
    }
  });
}

function notSaved(deps: Pick<Deps, "log">, reply: FastifyReply, error: unknown): FastifyReply {
  deps.log.error({ err: error }, "a link's act was not saved");
  reply.header("retry-after", 60);
  return sendPage(reply, 503, linkPage(null, pageWords.notSaved));
}

/** The page still works where its site is gone, or the store cannot say whose it is. */
async function findSite(deps: Pick<Deps, "getSite">, siteId: string): Promise<Site | null> {
  try {
    return await deps.getSite(siteId);
  } catch (error) {
    if (error instanceof Refusal || isStoreUnavailable(error)) return null;
    throw error;
  }
}
