import type { IncomingHttpHeaders } from "node:http";
import { refuse } from "../errors.js";
import type { Site } from "./site.js";

/** The part of a request that says which page it comes from. */
export interface PageHeaders {
  origin: string | null;
  sameOrigin: boolean;
}

export function readPageHeaders(headers: IncomingHttpHeaders): PageHeaders {
  return {
    origin: headers.origin ?? null,
    sameOrigin: headers["sec-fetch-site"] === "same-origin",
  };
}

/**
 * Whether a page may speak for the site: its origin is on the list, word for word. A request without
 * an Origin counts only where the browser itself says that it is same-origin.
 * @throws ORIGIN_REFUSED with a sentence for the page's console.
 */
export function checkSiteOrigin(site: Pick<Site, "origins">, page: PageHeaders): void {
  if (page.origin === null) {
    if (page.sameOrigin) return;
    throw refuse("ORIGIN_REFUSED", {
      message: "The request does not say which page it comes from.",
    });
  }
  if (site.origins.includes(page.origin)) return;
  if (page.origin === "null")
    throw refuse("ORIGIN_REFUSED", {
      message: "A page opened from a file has no origin. Open it through a web server.",
    });
  throw refuse("ORIGIN_REFUSED");
}
