import { purposes, type Purpose } from "../../shared/consent.js";
import type { RequestType } from "../../shared/privacy.js";
import { limits } from "../../shared/limits.js";
import { escapeHtml as e } from "../http/public-page.js";
import { fill, type Words } from "../words/words.js";
import type { Person } from "./erase-subject.js";

/** A form of this page: where it goes and what is in it. */
export type MakeForm = (act: string, inner: string) => string;

/** What somebody may ask for on their page. */
export const askTypes: readonly RequestType[] = [
  "access",
  "correct",
  "object",
  "parent",
  "unsolicited_mail",
  "complain",
  "other",
];

export function renderCorrect(
  { me }: Words,
  form: MakeForm,
  profile: { name: string; email: string },
): string {
  return `<h2>${e(me.correctHeading)}</h2>
${form(
  "correct",
  `<label for="name">${e(me.name)}</label><input id="name" name="name" dir="auto" maxlength="${limits.name}" value="${e(profile.name)}" autocomplete="name">
<label for="email">${e(me.address)}</label><input id="email" name="email" type="email" dir="ltr" maxlength="${limits.email}" value="${e(profile.email)}" autocomplete="email">
<button>${e(me.save)}</button>`,
)}`;
}

export function renderForbid(words: Words, form: MakeForm, restricted: readonly Purpose[]): string {
  const { me } = words;
  const boxes = purposes.map((purpose) => {
    const checked = restricted.includes(purpose) ? " checked" : "";
    return `<label><input type="checkbox" name="purpose_${purpose}" value="1"${checked}> ${e(words.purposes[purpose])}</label>`;
  });
  return `<h2>${e(me.forbidHeading)}</h2>
<p>${e(me.forbidText)}</p>
${form(
  "restrict",
  `${boxes.join("\n")}
<p class="row"><button name="how" value="restrict">${e(me.forbid)}</button><button class="plain" name="how" value="object">${e(me.forbidAndRemove)}</button></p>`,
)}`;
}

export function renderErase({ me }: Words, form: MakeForm, kind: Person["kind"]): string {
  const scopes =
    kind === "visitor"
      ? [
          ["all", me.eraseAll],
          ["chat", me.eraseChat],
          ["images", me.eraseImages],
        ]
      : [["mail", me.eraseAddress]];
  return `<h2>${e(me.eraseHeading)}</h2>
${form(
  "erase",
  `<label for="scope">${e(me.eraseWhat)}</label><select id="scope" name="scope">
${scopes.map(([scope = "", name = ""]) => `<option value="${scope}">${e(name)}</option>`).join("")}
</select>
<label><input type="checkbox" name="sure" value="1" required> ${e(me.sure)}</label>
<p><button class="danger">${e(me.erase)}</button></p>`,
)}`;
}

export function renderAsk(words: Words, form: MakeForm, days: string): string {
  const { me } = words;
  return `<h2>${e(me.askHeading)}</h2>
${form(
  "ask",
  `<label for="type">${e(me.about)}</label><select id="type" name="type">${askTypes.map((type) => `<option value="${type}">${e(words.requestTypes[type])}</option>`).join("")}</select>
<label for="note">${e(me.yourWords)}</label><textarea id="note" name="note" dir="auto" rows="4" maxlength="2000" required></textarea>
<button>${e(me.send)}</button>
<p class="quiet">${e(fill(me.answeredWithin, { days }))}</p>`,
)}`;
}
