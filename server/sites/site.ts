import type { SiteSettings, Sizes } from "../../shared/wire.js";

/**
 * One embed, as the server's parts know it: its settings (origins exact, such as
 * `https://shop.example`; colour `#rrggbb`; language BCP 47; time zone by its IANA name;
 * `rulesVersion` goes up with each change of the rules; refused origins newest first).
 */
export interface Site extends Omit<SiteSettings, "scriptTag" | "refusedOrigins" | keyof Sizes> {
  refusedOrigins: RefusedOrigin[];
  createdAt: number;
}

/** A page that is not on the list and asked as if it were. */
export interface RefusedOrigin {
  origin: string;
  /** When it was seen last, and how often. */
  at: number;
  count?: number;
}

/** What a change of settings may replace. */
export type SiteFields = Pick<
  Site,
  | "name"
  | "origins"
  | "color"
  | "corner"
  | "language"
  | "greeting"
  | "timeZone"
  | "controller"
  | "news"
  | "rules"
>;
