import { readUrl } from "./read-url.js";

/** Text in pieces: a link is a link, and nothing else of a message is ever markup. */
export type TextPiece =
  { kind: "text"; text: string } | { kind: "link"; text: string; url: string };

const address = /https?:\/\/[^\s<>"]+/gi;
/** What ends a sentence does not belong to the address before it. */
const trailing = /[.,;:!?'’”)\]}]+$/;

export function splitText(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let at = 0;
  for (const match of text.matchAll(address)) {
    const found = trimAddress(match[0]);
    if (readUrl(found) === null) continue;
    if (match.index > at) pieces.push({ kind: "text", text: text.slice(at, match.index) });
    pieces.push({ kind: "link", text: found, url: found });
    at = match.index + found.length;
  }
  if (at < text.length) pieces.push({ kind: "text", text: text.slice(at) });
  return pieces;
}

/** Cuts closing marks off, but keeps a bracket that the address itself opened. */
function trimAddress(found: string): string {
  const cut = found.replace(trailing, "");
  const opened = (cut.match(/\(/g) ?? []).length;
  const closed = (cut.match(/\)/g) ?? []).length;
  return opened > closed && found.startsWith(`${cut})`) ? `${cut})` : cut;
}
