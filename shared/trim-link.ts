/** What ends a sentence rather than an address. */
const marks = ".,;:!?'\"»”’]}";

/**
 * An address found in a text, without the marks after it; a closing bracket stays where the address
 * opened it. One pass from each end: a message of brackets costs no more than another.
 */
export function trimLink(found: string): string {
  let unopened = 0;
  for (const sign of found) unopened += sign === ")" ? 1 : sign === "(" ? -1 : 0;
  let end = found.length;
  for (; end > 0; end -= 1) {
    const sign = found.charAt(end - 1);
    if (marks.includes(sign)) continue;
    if (sign !== ")" || unopened <= 0) break;
    unopened -= 1;
  }
  return found.slice(0, end);
}

/** `https://bank.example@evil.example` reads as one place and leads to another. */
export function hasUserInfo(url: { username: string; password: string }): boolean {
  return url.username !== "" || url.password !== "";
}
