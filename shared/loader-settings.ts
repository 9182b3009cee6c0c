import { makeAccent } from "./accent.js";

/**
 * What the server puts in place of `__PORCHLIGHT__` in the loader, as a JSON literal: all that the
 * button needs, so that drawing it costs no second request. Nothing here is secret or personal.
 */
export interface LoaderSettings {
  /** The site's public key. */
  key: string;
  /** `PUBLIC_URL` without a slash at its end; every address is built on it. */
  server: string;
  /** Absolute URL of the panel's entry module, with the hash in its name. */
  panel: string;
  /** The button: background and icon, contrast already settled. */
  color: string;
  onColor: string;
  corner: "left" | "right";
  /** BCP 47, the site's. */
  language: string;
  /** What a screen reader says for the button, in that language. */
  label: string;
  /** Where the consent question stands; `page` makes the loader load the entry at once. */
  notice: "panel" | "page" | "none";
}

/** What of a site the loader shows. */
export interface LoaderSite {
  key: string;
  color: string;
  corner: "left" | "right";
  language: string;
  rules: { notice: { place: "panel" | "page" | "none" } };
}

const labels: Record<string, string> = {
  en: "Chat with us",
  de: "Mit uns chatten",
  fr: "Discuter avec nous",
  es: "Chatear con nosotros",
  ar: "تحدث معنا",
};

/** `constructor` is no language. */
const labelOf = (language: string): string =>
  (Object.hasOwn(labels, language) ? labels[language] : undefined) ?? "Chat with us";

/** `server`: `PUBLIC_URL` without a slash at its end. `panelFile`: the `panel` entry of the manifest. */
export function makeLoaderSettings(
  site: LoaderSite,
  server: string,
  panelFile: string,
): LoaderSettings {
  const { accent, onAccent } = makeAccent(site.color, "light");
  return {
    key: site.key,
    server,
    panel: `${server}/widget/assets/${panelFile}`,
    color: accent,
    onColor: onAccent,
    corner: site.corner,
    language: site.language,
    label: labelOf(site.language.split("-", 1)[0] ?? ""),
    notice: site.rules.notice.place,
  };
}
