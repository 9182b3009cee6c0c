import { hasUserInfo, trimLink } from "../../shared/trim-link.js";

/** A message's text in parts: links are marked, all else stays text. Pure; no HTML is ever made of it. */
export type TextPart = { text: string; href?: string };

/** Up to a sign that turns the reading direction: it could make a link look like another. */
const linkPattern = /\b(?:https?:\/\/|www\.)[^\s<>"\p{Bidi_Control}]+/giu;

export function splitText(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(linkPattern)) {
    const link = trimLink(match[0]);
    const href = /^www\./i.test(link) ? `https://${link}` : link;
    if (!isAddress(href)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: link, href });
    end = match.index + link.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** `URL.canParse` is younger than the oldest browsers served. */
function isAddress(text: string): boolean {
  try {
    const url = new URL(text);
    return !hasUserInfo(url) && (url.hostname.includes(".") || url.hostname === "localhost");
  } catch {
    return false;
  }
}
