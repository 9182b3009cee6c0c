import cookie from "@fastify/cookie";
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import { toErrorBody, toRefusal } from "../errors.js";
import { maskUrl, type Log } from "../infra/log.js";
import { networkOf } from "../infra/networks.js";

interface HttpConfig {
  trustProxy: string[];
  publicUrl: URL;
}

/** What a page served here may do unless its route says more: nothing. */
const strictPolicy =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Once seen over https, a browser asks by https alone for a year (RFC 6797); not for other hosts of the domain. */
const transportPolicy = { "strict-transport-security": "max-age=31536000" };
/** What operators read is people's: no browser and no proxy keeps it unless its route says so. */
const operatorPaths = "/api/operator/";
/** Addresses that write no request line: a page view must leave nothing but its row. */
const unlogged = new Set(["/p.gif", "/healthz", "/readyz"]);

/** Longest wait for answers under way when the server closes, in milliseconds. */
const CLOSE_MS = 5000;

/**
 * The HTTP server without any route: parsing, refusals, headers and the request log.
 * Bodies: JSON and form fields (urlencoded, as a plain object) up to 64 KiB; `image/*` and
 * `application/octet-stream` reach the handler as the unread stream.
 */
export async function createHttpServer(config: HttpConfig, log: Log): Promise<FastifyInstance> {
  const logger: FastifyBaseLogger = log;
  const server = Fastify({
    loggerInstance: logger,
    // The request line is written below, masked.
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    trustProxy: config.trustProxy.length > 0 ? config.trustProxy : false,
    bodyLimit: 64 * 1024,
    requestTimeout: 300_000,
    // Closing is ours, below: the idle connections of Node's own closing are not all that hold it up.
    forceCloseConnections: false,
    routerOptions: { maxParamLength: 2048 },
  });
  await server.register(cookie);

  server.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))));
    },
  );
  for (const raw of [/^image\//, "application/octet-stream"]) {
    server.addContentTypeParser(raw, (_request, payload, done) => {
      done(null, payload);
    });
  }

  const transport = config.publicUrl.protocol === "https:" ? transportPolicy : {};
  let underWay = 0;
  server.addHook("onRequest", async (request, reply) => {
    underWay += 1;
    if (request.url.startsWith(operatorPaths)) reply.header("cache-control", "no-store");
    reply.headers({
      ...transport,
      "content-security-policy": strictPolicy,
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
  });
  server.addHook("onResponse", async (request, reply) => {
    underWay -= 1;
    const path = maskUrl(request.url);
    if (unlogged.has(path)) return;
    log.info(
      {
        method: request.method,
        path,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        network: networkOf(request.ip),
      },
      "request",
    );
  });

  // Answers under way are finished, then every connection is cut, until the server is closed. A browser
  // opens spare ones that never ask anything; such a one counts as busy and would hold a stop for a minute.
  server.addHook("preClose", (done) => {
    done();
    if (!server.server.listening) return;
    const until = Date.now() + CLOSE_MS;
    const cut = setInterval(() => {
      if (underWay === 0 || Date.now() > until) server.server.closeAllConnections();
    }, 20);
    server.server.once("close", () => clearInterval(cut));
  });

  server.setErrorHandler((error, request, reply) => {
    const refusal = toRefusal(error);
    if (refusal.status >= 500)
      log.error({ err: error, path: maskUrl(request.url), code: refusal.code }, "request failed");
    if (refusal.retryAfter !== undefined) reply.header("retry-after", refusal.retryAfter);
    return reply.code(refusal.status).send(toErrorBody(refusal));
  });
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ code: "NOT_FOUND", message: "There is nothing at this address." }),
  );
  return server;
}
