import { escapeHtml as e } from "../http/public-page.js";
import type { Site } from "../sites/site.js";
import { fill, type Words } from "../words/words.js";

/** Where somebody without an open session starts: from the chat, or by a mailed link. */
export function renderStart(words: Words, site: Site | null): string {
  const { start, me } = words;
  const byMail =
    site === null
      ? ""
      : `<h2>${e(start.byMail)}</h2>
<p>${e(fill(start.byMailText, { site: site.name }))}</p>
<form method="post" action="/privacy/me/link"><input type="hidden" name="site" value="${e(site.key)}"><input type="hidden" name="language" value="${words.language}">
<label for="email">${e(me.address)}</label><input id="email" name="email" type="email" dir="ltr" maxlength="254" required autocomplete="email">
<button>${e(start.sendLink)}</button></form>`;
  return `<h1>${e(me.title)}</h1>
<p>${e(start.text)}</p>
${byMail}`;
}

/** A title and a line: what a page says when there is nothing more to do on it. */
export function renderShort({ title, text }: { title: string; text: string }): string {
  return `<h1>${e(title)}</h1>
<p>${e(text)}</p>`;
}

/** A mailed link's page: opening changes nothing, because mail scanners open every link. */
export function renderOpen(words: Words, token: string): string {
  return `<h1>${e(words.me.title)}</h1>
<form method="post" action="/privacy/me/open/${encodeURIComponent(token)}"><button>${e(words.openMine)}</button></form>`;
}
