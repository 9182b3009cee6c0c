import { idPattern } from "../../shared/ids.js";
import type { Signals } from "../../shared/consent.js";
import { cleanHost, cleanPath, cleanText } from "./clean-path.js";

export const utmNames = ["source", "medium", "campaign", "term", "content"] as const;
export type Utm = Partial<Record<(typeof utmNames)[number], string>>;

/** One fetch of the pixel, reduced to what may be kept before it is known whether any of it is. */
export interface PageHit {
  siteKey: string;
  /** Null for the pixel that a site pasted by hand. */
  analyticsId: string | null;
  viewId: string;
  /** Null where neither the address nor the Referer tells. */
  path: string | null;
  title: string;
  referrerHost: string;
  utm: Utm;
  language: string;
  userAgent: string;
  /** Origin of the page by the Referer; null where the browser sends none. */
  origin: string | null;
  country: string;
  /** For cookieless counting alone, and worked out only there; forgotten with the hit. */
  address: () => string;
  signals: Signals;
  at: number;
}

/** What the request says of itself. */
export interface PixelRequest {
  query: URLSearchParams;
  referer: string | undefined;
  userAgent: string;
  acceptLanguage: string;
  country: () => string;
  address: () => string;
  signals: Signals;
  newViewId: () => string;
  at: number;
}

const siteKeyPattern = /^[A-Za-z0-9_-]{4,40}$/;

/** The hit that a pixel's address tells of; null when it names no site, or an id that is none. */
export function parseHit(request: PixelRequest): PageHit | null {
  const { query } = request;
  const siteKey = query.get("k") ?? "";
  if (!siteKeyPattern.test(siteKey)) return null;
  const analyticsId = query.get("a");
  if (analyticsId !== null && !idPattern.test(analyticsId)) return null;
  const page = request.referer === undefined ? null : readPage(request.referer);
  const path = query.get("p") ?? page?.path ?? null;
  return {
    siteKey,
    analyticsId,
    path: path === null ? null : cleanPathOnce(path.slice(0, 2_000)),
    origin: page?.origin ?? null,
    userAgent: request.userAgent.slice(0, 1_001),
    address: request.address,
    signals: request.signals,
    at: request.at,
    ...(analyticsId === null ? nameless : readDetails(request)),
  };
}

type Details = Pick<PageHit, "viewId" | "title" | "referrerHost" | "utm" | "language" | "country">;

/** Nobody agreed to more than a count: the rest is not even read. */
const nameless: Details = {
  viewId: "",
  title: "",
  referrerHost: "",
  utm: {},
  language: "",
  country: "",
};

function readDetails({ query, newViewId, acceptLanguage, ...request }: PixelRequest): Details {
  const viewId = query.get("v") ?? "";
  const country = request.country();
  return {
    viewId: idPattern.test(viewId) ? viewId : newViewId(),
    title: cleanText((query.get("t") ?? "").slice(0, 500), 200),
    referrerHost: cleanHost(query.get("r") ?? ""),
    utm: readUtm(query),
    language: readLanguage(query.get("l") ?? acceptLanguage),
    country: /^[A-Z]{2}$/.test(country) ? country : "",
  };
}

interface Page {
  origin: string | null;
  path: string;
}

/** A site has few pages and many visits: what was worked out for one is kept, within bounds. */
function remember<T>(work: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const held = known.get(text);
    if (held !== undefined) return held;
    const made = work(text);
    if (known.size >= 2_000) known.clear();
    known.set(text, made);
    return made;
  };
}

const cleanPathOnce = remember(cleanPath);

const readPage = remember((referer: string): Page => {
  if (!URL.canParse(referer)) return { origin: null, path: "/" };
  const { origin, pathname } = new URL(referer);
  return { origin: origin === "null" ? null : origin, path: pathname };
});

function readUtm(query: URLSearchParams): Utm {
  const utm: Utm = {};
  for (const name of utmNames) {
    const value = query.get(`utm_${name}`);
    if (value !== null && value !== "") utm[name] = cleanText(value.slice(0, 200), 100);
  }
  return utm;
}

/** The first language of an Accept-Language, without its region's variants: `pt-BR,pt;q=0.9` is `pt-BR`. */
function readLanguage(accepted: string): string {
  return /^[A-Za-z]{2,3}(?:-[A-Za-z]{2})?(?![A-Za-z0-9])/.exec(accepted.trim())?.[0] ?? "";
}
