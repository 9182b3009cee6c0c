import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { paths } from "../../shared/paths.js";
import { parseInput } from "../errors.js";
import { escapeHtml as e, publicPageHeaders } from "../http/public-page.js";

const landing = paths.privacyFromChat;
const scriptPath = `${landing}.js`;
const query = z.object({
  site: z.string().max(60).default(""),
  language: z
    .string()
    .regex(/^[A-Za-z0-9-]{0,35}$/)
    .default(""),
});

const policy =
  "default-src 'none'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** What stands behind `#` reaches no server and no log; a form's body carries it on, once. */
const script = `const ticket = location.hash.slice(1);
history.replaceState(null, "", location.pathname + location.search);
const form = document.querySelector("form");
if (ticket) {
  form.elements.ticket.value = ticket;
  form.submit();
} else location.replace(document.querySelector("a").href);
`;

/**
 * The way from the chat to the page of one's own data. A form on the host page would do, were there no
 * host page whose policy forbids forms; a window's address it cannot forbid. Without scripts, and without
 * a ticket, this leads to the page where a link can be had by mail.
 */
export function registerLandingRoutes(server: FastifyInstance): void {
  server.get(landing, async (request, reply) => {
    const start = `${paths.privacy}?${new URLSearchParams(parseInput(query, request.query)).toString()}`;
    return reply.headers(publicPageHeaders(policy)).type("text/html; charset=utf-8")
      .send(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Porchlight</title>
<noscript><meta http-equiv="refresh" content="0; url=${e(start)}"></noscript>
<script src="${scriptPath}" defer></script>
</head>
<body>
<form method="post" action="${paths.privacy}" hidden><input type="hidden" name="ticket"></form>
<a href="${e(start)}" aria-label="Porchlight">…</a>
</body>
</html>
`);
  });
  server.get(scriptPath, (_request, reply) =>
    reply
      .header("cache-control", "public, max-age=300")
      .type("text/javascript; charset=utf-8")
      .send(script),
  );
}
