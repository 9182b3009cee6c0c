import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";

/** Text that may stand anywhere in HTML, attributes included. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

export interface PublicPage {
  title: string;
  language: string;
  direction?: "ltr" | "rtl";
  /** HTML; everything in it that came from somebody is escaped by the caller. */
  body: string;
  /** Whose colour the page wears; left out for the plain theme. */
  siteKey?: string | null;
  /** One question and one button: a narrow card, the whole screen on a phone. */
  narrow?: boolean;
}

const stylePath = "/page.css";

/** These pages work without scripts and load nothing but their own style (XIM-05). */
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** What every page that people reach by a link is sent with. */
export function publicPageHeaders(contentSecurityPolicy: string): Record<string, string> {
  return {
    "content-security-policy": contentSecurityPolicy,
    "cache-control": "no-store",
    // With "no-referrer" a browser would send its own forms with `Origin: null`.
    "referrer-policy": "same-origin",
    "x-robots-tag": "noindex",
  };
}

/** Sends one of the pages that people reach by a link: privacy, policy, unsubscribe. */
export function sendPage(reply: FastifyReply, status: number, page: PublicPage): FastifyReply {
  return reply.code(status).headers(publicPageHeaders(policy)).type("text/html; charset=utf-8")
    .send(`<!doctype html>
<html lang="${escapeHtml(page.language)}" dir="${page.direction ?? "ltr"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)}</title>
<link rel="stylesheet" href="${stylePath}">${siteStyle(page.siteKey ?? null)}
</head>
<body${page.narrow === true ? ' class="narrow"' : ""}>
<main>
${page.body}
</main>
</body>
</html>
`);
}

function siteStyle(siteKey: string | null): string {
  if (siteKey === null) return "";
  return `\n<link rel="stylesheet" href="/page/${encodeURIComponent(siteKey)}.css">`;
}

const layout = `
body { margin: 0; background: var(--surface); color: var(--text); font: var(--size-15)/var(--line-height) var(--font); }
main { max-width: 640px; margin: var(--space-32) auto; padding: var(--space-24); background: var(--ground); border: 1px solid var(--line); border-radius: var(--corner-card); overflow-wrap: anywhere; }
h1 { font-size: var(--size-24); line-height: 1.25; margin: 0 0 var(--space-16); }
h2 { font-size: var(--size-18); margin: var(--space-32) 0 var(--space-8); }
p, ul, dl, table { margin: 0 0 var(--space-16); }
dt, .quiet { color: var(--quiet); font-size: var(--size-13); }
dd { margin: 0 0 var(--space-8); }
table { width: 100%; border-collapse: collapse; font-size: var(--size-13); font-variant-numeric: tabular-nums; }
th, td { text-align: start; vertical-align: top; padding-block: var(--space-4); padding-inline: 0 var(--space-8); border-bottom: 1px solid var(--line); }
form { margin: 0 0 var(--space-16); }
label { display: block; margin: 0 0 var(--space-4); }
input:not([type="checkbox"], [type="radio"]), textarea, select { box-sizing: border-box; width: 100%; font: inherit; color: inherit; background: var(--ground); padding: var(--space-8) var(--space-12); border: 1px solid var(--line); border-radius: var(--corner-control); margin: 0 0 var(--space-12); }
button { font: inherit; padding: var(--space-8) var(--space-16); border: 1px solid var(--accent); border-radius: var(--corner-control); background: var(--accent); color: var(--on-accent); cursor: pointer; }
button.plain { background: var(--ground); color: var(--accent); border-color: var(--line); }
button.danger { background: var(--ground); color: var(--danger); border-color: var(--danger); }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.done { border-inline-start: 3px solid var(--success); padding-inline-start: var(--space-12); }
.brand { display: flex; align-items: center; gap: var(--space-12); margin: 0 0 64px; }
.mark { display: grid; place-items: center; width: 36px; height: 36px; border-radius: var(--corner-control); background: var(--accent); color: var(--on-accent); font-weight: 700; }
.lead { color: var(--quiet); }
button.wide { width: 100%; padding: var(--space-12); font-weight: 600; }
.narrow main { box-sizing: border-box; display: flex; flex-direction: column; max-width: 400px; min-height: 600px; }
footer { margin: auto 0 0; padding: var(--space-32) 0 0; color: var(--quiet); font-size: var(--size-13); }
.row { display: flex; flex-wrap: wrap; gap: var(--space-8); }
.narrow a { color: inherit; }
@media (max-width: 680px) { body { background: var(--ground); } main { margin: 0; border: 0; border-radius: 0; } .narrow main { max-width: none; min-height: 100vh; min-height: 100dvh; } }
`;

/** The one style sheet of these pages: the theme, and how a page lies on it. */
export function registerPageStyle(server: FastifyInstance, deps: { distDir: string }): void {
  server.get(stylePath, async (_request, reply) => {
    const theme = await readFile(join(deps.distDir, "shared/theme.css"), "utf8");
    return reply
      .header("cache-control", "public, max-age=300")
      .type("text/css; charset=utf-8")
      .send(theme + layout);
  });
}
