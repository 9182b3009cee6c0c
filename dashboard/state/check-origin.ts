import { readUrl } from "./read-url.js";

type CheckedOrigin = { ok: true; origin: string } | { ok: false; fault: string };

/** An origin as somebody typed it, made exact; or what is wrong with it, in words. */
export function checkOrigin(typed: string, known: string[]): CheckedOrigin {
  const text = typed.trim();
  if (text === "") return { ok: false, fault: "Write an origin such as https://www.example.org." };
  if (!/^https?:\/\//i.test(text))
    return { ok: false, fault: "An origin begins with https:// (or http:// on your own machine)." };
  const url = readUrl(text);
  if (url === null) return { ok: false, fault: `${text} is no address.` };
  const extra = url.pathname + url.search + url.hash;
  if (extra !== "/")
    return {
      ok: false,
      fault: `Leave out “${extra}”: an origin has no path. Write ${url.origin}.`,
    };
  if (url.username !== "" || url.password !== "")
    return { ok: false, fault: "An origin has no name or password in it." };
  if (url.hostname.includes("*"))
    return { ok: false, fault: "Each host is listed by itself; there are no wildcards." };
  if (known.includes(url.origin))
    return { ok: false, fault: `${url.origin} is on the list already.` };
  return { ok: true, origin: url.origin };
}
