import type { SiteSettings } from "../../shared/wire.js";

/**
 * One embed, as the server's parts know it: its settings (origins exact, such as
 * `https://shop.example`; colour `#rrggbb`; language BCP 47; time zone by its IANA name;
 * `rulesVersion` goes up with each change of the rules; refused origins newest first).
 */
export interface Site extends Omit<SiteSettings, "scriptTag"> {
  createdAt: number;
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
