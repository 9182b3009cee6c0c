import { escapeHtml } from "../http/public-page.js";
import type { Site } from "../sites/site.js";

const e = escapeHtml;

/** Where somebody without an open session starts: from the chat, or by a mailed link. */
export function renderStart(site: Site | null): string {
  const byMail =
    site === null
      ? ""
      : `<h2>By e-mail</h2>
<p>If you gave ${e(site.name)} an e-mail address, a link can be sent to it. The link works once, for an hour.</p>
<form method="post" action="/privacy/me/link"><input type="hidden" name="site" value="${e(site.key)}">
<label for="email">E-mail address</label><input id="email" name="email" type="email" maxlength="254" required autocomplete="email">
<button>Send the link</button></form>`;
  return `<h1>Your data</h1>
<p>Open this page from the chat: in its menu, choose “Your data”. It then knows which conversation is yours.</p>
${byMail}`;
}

/** The same words whether or not the address is known: nobody learns who is. */
export function renderLinkSent(): string {
  return `<h1>Look into your mailbox</h1>
<p>If this address is known here, a link is on its way to it. It works once, for an hour.</p>`;
}

/** A mailed link's page: opening changes nothing, because mail scanners open every link. */
export function renderOpen(token: string): string {
  return `<h1>Your data</h1>
<form method="post" action="/privacy/me/open/${encodeURIComponent(token)}"><button>Open my data</button></form>`;
}

export function renderOver(): string {
  return `<h1>This page is closed</h1>
<p>The link was used, or its time is over. Open the page from the chat again.</p>`;
}

export function renderErased(): string {
  return `<h1>Erased</h1>
<p>What was kept about you is gone. What remains is the evidence that it was, without your name or address.</p>`;
}
