/** Digits of a place in base 36: enough for 78 thousand million messages in one conversation. */
const DIGITS = 7;

/** No message has a later place. */
export const LAST_PLACE = 36 ** DIGITS - 1;

/**
 * A message is stored under its place: no two can take the same one, and a conversation's messages stand
 * side by side, in their order, with no index for it.
 *
 * @param seq At most `LAST_PLACE`.
 */
export function placeId(conversation: string, seq: number): string {
  return `${conversation}:${seq.toString(36).padStart(DIGITS, "0")}`;
}
