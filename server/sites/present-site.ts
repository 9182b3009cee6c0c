import type { SiteSettings, Sizes } from "../../shared/wire.js";
import { paths } from "../../shared/paths.js";
import type { Site } from "./site.js";

/** A site as its operators see it. */
export function presentSite(site: Site, publicUrl: URL, sizes: Sizes): SiteSettings {
  return {
    id: site.id,
    key: site.key,
    name: site.name,
    origins: site.origins,
    color: site.color,
    corner: site.corner,
    language: site.language,
    greeting: site.greeting,
    timeZone: site.timeZone,
    controller: site.controller,
    news: site.news,
    rules: site.rules,
    rulesVersion: site.rulesVersion,
    tagSeen: site.tagSeen,
    scriptTag: scriptTag(site.key, publicUrl),
    // Allowed meanwhile: nothing to do any more.
    refusedOrigins: site.refusedOrigins
      .filter(({ origin }) => !site.origins.includes(origin))
      .map(({ origin, at }) => ({ origin, at })),
    uploadBytes: sizes.uploadBytes,
    messageText: sizes.messageText,
  };
}

/** What a site owner pastes into every page. */
export function scriptTag(siteKey: string, publicUrl: URL): string {
  return `<script src="${publicUrl.origin}${paths.loader(siteKey)}" async></script>`;
}
