/** A message's text in parts: links are marked, all else stays text. Pure; no HTML is ever made of it. */
export type TextPart = { text: string; href?: string };

const linkPattern = /\b(?:https?:\/\/|www\.)[^\s<>"]+/gi;
/** What ends a sentence rather than an address. */
const trailing = /[.,;:!?'»”’]+$/;

export function splitText(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(linkPattern)) {
    let link = match[0].replace(trailing, "");
    // A closing bracket belongs to the address only if it was opened in it.
    while (link.endsWith(")") && count(link, ")") > count(link, "(")) link = link.slice(0, -1);
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
    return new URL(text).hostname.includes(".") || /^https?:\/\/localhost\b/i.test(text);
  } catch {
    return false;
  }
}

function count(text: string, sign: string): number {
  return text.split(sign).length - 1;
}

const emoji =
  "(?:\\p{RI}{2}|\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier}|\\u200D\\p{Extended_Pictographic})*)";
const fewEmoji = new RegExp(`^(?:${emoji}\\s*){1,3}$`, "u");

/** One to three emoji and nothing else: shown large. */
export function isEmojiOnly(text: string): boolean {
  return fewEmoji.test(text);
}
