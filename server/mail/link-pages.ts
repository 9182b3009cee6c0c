import { paths } from "../../shared/paths.js";
import type { PublicPage } from "../http/public-page.js";
import { escapeHtml as e } from "../http/public-page.js";
import type { Site } from "../sites/site.js";
import { fill, type Words } from "../words/words.js";

/** The pages behind the links in mails. One button each; no script, no cookie, nothing counted. */

const fallback = { name: "Porchlight", key: null, controller: null };
type PageSite = Pick<Site, "name" | "key" | "controller"> | null;

/** @param about what the words name: the site, the masked address */
export function linkPage(
  words: Words,
  site: PageSite,
  { title, text, button }: { title: string; text: string; button?: string },
  about: Readonly<Record<string, string>> = {},
): PublicPage {
  const { name, key, controller } = site ?? fallback;
  const imprint = [
    controller === null || controller.name === "" ? name : controller.name,
    controller?.postalAddress ?? "",
  ].filter((part) => part !== "");
  const { language, direction, links } = words;
  const yourData =
    key === null
      ? ""
      : ` <a href="${paths.privacy}?site=${encodeURIComponent(key)}&amp;language=${language}">${e(links.yourData)}</a>`;
  const heading = fill(title, about);
  return {
    title: heading,
    language,
    direction,
    siteKey: key,
    narrow: true,
    body: `<header class="brand"><span class="mark" aria-hidden="true">${e(Array.from(name)[0] ?? "P")}</span><strong>${e(name)}</strong></header>
<h1>${e(heading)}</h1>
<p class="lead">${e(fill(text, about))}</p>
${button === undefined ? "" : `<form method="post"><button class="wide">${e(button)}</button></form>`}
<footer><span dir="auto">${e(imprint.join(", "))}.</span> ${e(links.footer)}${yourData}</footer>`,
  };
}
