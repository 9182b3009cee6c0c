import { paths } from "../../shared/paths.js";
import type { PublicPage } from "../http/public-page.js";
import { escapeHtml as e } from "../http/public-page.js";
import type { Site } from "../sites/site.js";

/** The pages behind the links in mails. One button each; no script, no cookie, nothing counted. */

const fallback = { name: "Porchlight", key: null, language: "en", controller: null };
type PageSite = Pick<Site, "name" | "key" | "language" | "controller"> | null;

interface Words {
  title: string;
  /** Under the title. */
  text: string;
  /** Posted to the page's own address. */
  button?: string;
}

export function linkPage(site: PageSite, words: Words): PublicPage {
  const { name, key, controller } = site ?? fallback;
  const imprint = [
    controller === null || controller.name === "" ? name : controller.name,
    controller?.postalAddress ?? "",
  ].filter((part) => part !== "");
  const yourData =
    key === null ? "" : ` <a href="${paths.privacy}?site=${encodeURIComponent(key)}">Your data</a>`;
  return {
    title: words.title,
    language: "en",
    siteKey: key,
    narrow: true,
    body: `<header class="brand"><span class="mark" aria-hidden="true">${e(Array.from(name)[0] ?? "P")}</span><strong>${e(name)}</strong></header>
<h1>${e(words.title)}</h1>
<p class="lead">${e(words.text)}</p>
${words.button === undefined ? "" : `<form method="post"><button class="wide">${e(words.button)}</button></form>`}
<footer>${e(imprint.join(", "))}. No login, no cookie, nothing counted on this page.${yourData}</footer>`,
  };
}

export const pageWords = {
  askStop: (masked: string): Words => ({
    title: `Stop our news to ${masked}?`,
    text: "It stops at once. Answers to your own messages still arrive.",
    button: "Unsubscribe",
  }),
  stopped: (masked: string): Words => ({
    title: "It has stopped",
    text: `No more news goes to ${masked}. Answers to your own messages still arrive.`,
  }),
  askConfirm: (masked: string, name: string): Words => ({
    title: `Send news to ${masked}?`,
    text: `${name} writes to you from time to time. Every mail has a link that stops it.`,
    button: "Confirm",
  }),
  confirmed: (masked: string): Words => ({
    title: "Confirmed",
    text: `News goes to ${masked} from now on.`,
  }),
  usedLink: {
    title: "This link no longer works",
    text: "It was used already, or it is older than seven days. Nothing was changed.",
  },
  unknownLink: {
    title: "This link is not whole",
    text: "A part of it is missing or was changed. Open it from the mail once more. Nothing was changed.",
  },
  notSaved: {
    title: "Not saved yet",
    text: "The server cannot write at the moment, so nothing was changed. Try again in a minute.",
    button: "Try again",
  },
} as const;
