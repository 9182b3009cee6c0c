import Fastify from "fastify";
import { renderShopPage, shopPages } from "./shop-pages.js";
import { shopPictures } from "./shop-pictures.js";
import { shopStyle } from "./shop-style.js";

export interface DemoShopOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** The loader's absolute URL: what a site owner pastes. */
  scriptUrl: string;
}

/**
 * The demo shop is another *site* than the chat (its own host name and port), so that origin, CORS,
 * cookie and CSP rules are as real as on a customer's page. Its policy allows the chat's origin and
 * nothing else: no inline script, no inline style, no `blob:`, no `data:`.
 */
export async function startDemoShop(
  options: DemoShopOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const chat = new URL(options.scriptUrl);
  const socket = `${chat.protocol === "https:" ? "wss:" : "ws:"}//${chat.host}`;
  const policy = [
    "default-src 'none'",
    `script-src ${chat.origin}`,
    `connect-src ${chat.origin} ${socket}`,
    `img-src 'self' ${chat.origin}`,
    "style-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

  // A browser's spare connections must not hold a stop; what is cut here is a page of the demo.
  const server = Fastify({ forceCloseConnections: true });
  server.addHook("onSend", async (_request, reply) => {
    reply.header("content-security-policy", policy);
    reply.header("x-content-type-options", "nosniff");
    reply.header("referrer-policy", "strict-origin-when-cross-origin");
  });
  for (const page of shopPages) {
    const html = renderShopPage(page, options.scriptUrl);
    server.get(page.path, (_request, reply) => reply.type("text/html; charset=utf-8").send(html));
  }
  for (const [name, svg] of Object.entries(shopPictures)) {
    server.get(`/pictures/${name}.svg`, (_request, reply) => reply.type("image/svg+xml").send(svg));
  }
  server.get("/shop.css", (_request, reply) => reply.type("text/css").send(shopStyle));
  server.get("/favicon.ico", (_request, reply) => reply.code(204).send());

  await server.listen({ host: options.host, port: options.port });
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("The shop has no port.");
  return {
    url: `http://${options.host}:${address.port}`,
    close: () => server.close(),
  };
}
