import { hasUserInfo, trimLink } from "../../shared/trim-link.js";
import { readUrl } from "./read-url.js";

/** Text in pieces: a link is a link, and nothing else of a message is ever markup. */
export type TextPiece =
  { kind: "text"; text: string } | { kind: "link"; text: string; url: string };

/** Up to a sign that turns the reading direction: it could make a link look like another. */
const address = /https?:\/\/[^\s<>"\p{Bidi_Control}]+/giu;

export function splitText(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let at = 0;
  for (const match of text.matchAll(address)) {
    const found = trimLink(match[0]);
    const url = readUrl(found);
    if (url === null || hasUserInfo(url)) continue;
    if (match.index > at) pieces.push({ kind: "text", text: text.slice(at, match.index) });
    pieces.push({ kind: "link", text: found, url: found });
    at = match.index + found.length;
  }
  if (at < text.length) pieces.push({ kind: "text", text: text.slice(at) });
  return pieces;
}
