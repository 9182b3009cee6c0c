/** Drawn in colour by itself, or told to be by what follows: © and a bare ☺ are signs of a text. */
const sign =
  "(?!\\p{RI})(?:\\p{Emoji_Presentation}|\\p{Extended_Pictographic}(?=\\uFE0F|\\p{Emoji_Modifier}))";
const emoji = `(?:\\p{RI}{2}|${sign}(?:\\uFE0F|\\p{Emoji_Modifier}|\\u200D\\p{Extended_Pictographic})*)`;
const fewEmoji = new RegExp(`^\\s*(?:${emoji}\\s*){1,3}$`, "u");

/** One to three emoji and nothing else: shown large. */
export function isEmojiAlone(text: string): boolean {
  return text.length <= 60 && fewEmoji.test(text);
}
