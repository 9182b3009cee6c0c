import type { IncomingHttpHeaders } from "node:http";
import { arabic } from "./arabic.js";
import { english } from "./english.js";
import { french } from "./french.js";
import { german } from "./german.js";
import { spanish } from "./spanish.js";
import type { Words } from "./words.js";

export const languages: readonly Words[] = [english, german, french, spanish, arabic];

const baseOf = (tag: string): string => tag.trim().toLowerCase().split("-", 1)[0] ?? "";

/** The words of the first language that there are words for; English where there is none. */
export function chooseWords(...wanted: (string | null | undefined)[]): Words {
  for (const tag of wanted) {
    const base = baseOf(tag ?? "");
    const found = languages.find(({ language }) => language === base);
    if (found !== undefined) return found;
  }
  return english;
}

/** What a browser's reader reads, most wanted first (RFC 9110, section 12.5.4); at most ten. */
export function readerLanguages(headers: IncomingHttpHeaders): string[] {
  return (headers["accept-language"] ?? "")
    .split(",", 10)
    .map((part) => {
      const [tag = "", ...parameters] = part.split(";");
      const q = parameters.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find(Boolean);
      return { tag: tag.trim(), q: q === undefined ? 1 : Number(q) };
    })
    .filter(({ tag, q }) => tag !== "" && q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ tag }) => tag);
}

/** How a language writes numbers of days and hours, and moments. */
export function writer({ language }: Words, timeZone: string) {
  const unit = (name: "day" | "hour" | "year") =>
    new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "long" });
  const moment = new Intl.DateTimeFormat(language, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone,
  });
  const date = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone });
  return {
    days: (count: number) => unit("day").format(count),
    hours: (count: number) => unit("hour").format(count),
    years: (count: number) => unit("year").format(count),
    moment: (at: number) => moment.format(at),
    date: (at: number) => date.format(at),
  };
}
