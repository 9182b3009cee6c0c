import type { SiteRules } from "../../shared/site-rules.js";
import type { Controller } from "../../shared/wire.js";

/** One embed, as the server's parts know it. */
export interface Site {
  id: string;
  /** Public: stands in the script tag. */
  key: string;
  name: string;
  /** Exact (`https://shop.example`), at most `limits.siteOrigins`. */
  origins: string[];
  /** `#rrggbb`. */
  color: string;
  corner: "left" | "right";
  /** BCP 47. */
  language: string;
  greeting: string;
  /** IANA name. */
  timeZone: string;
  controller: Controller;
  /** Whether the panel offers news by e-mail. */
  news: boolean;
  rules: SiteRules;
  /** Goes up by one with each change of the rules. */
  rulesVersion: number;
  tagSeen: { url: string; at: number } | null;
  /** Newest first, at most 20. */
  refusedOrigins: { origin: string; at: number }[];
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
