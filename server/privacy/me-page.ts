import { purposes, type Choices, type Purpose } from "../../shared/consent.js";
import { escapeHtml as e } from "../http/public-page.js";
import type { Site } from "../sites/site.js";
import { writer } from "../words/choose-words.js";
import { fill, type Words } from "../words/words.js";
import type { PersonData } from "./collect-person.js";
import type { Person } from "./erase-subject.js";
import { renderAsk, renderCorrect, renderErase, renderForbid, type MakeForm } from "./me-forms.js";

export interface MePage {
  words: Words;
  site: Site;
  person: Person;
  data: PersonData;
  restricted: readonly Purpose[];
  recipients: readonly { name: string; purpose: string; country: string }[];
  policyUrl: string;
  /** A published policy that is not in effect yet. */
  upcoming: { version: number; effectiveAt: number; changes: string } | null;
  /** That the business passes to somebody else, where it was announced. */
  transfer: { to: string; unlockedAt: number } | null;
  /** Hidden in every form: a page of somebody else cannot know it. */
  formToken: string;
  /** What was just done. */
  done: keyof Words["done"] | null;
}

const action = "/privacy/me";
/** Where a complaint may go: the list of authorities that the European Data Protection Board keeps. */
const authorities = "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en";

/** The page of somebody's rights, in their language; works without scripts. */
export function renderMe(page: MePage): string {
  const { site, person, data, words } = page;
  const { me } = words;
  const write = writer(words, site.timeZone);
  const form: MakeForm = (act, inner) =>
    `<form method="post" action="${action}/${act}"><input type="hidden" name="form" value="${e(page.formToken)}">${inner}</form>`;
  const visitor = person.kind === "visitor" ? person.visitor : null;

  return `<h1>${e(fill(me.heading, { site: site.name }))}</h1>
${page.done === null ? "" : `<p class="done" role="status">${e(words.done[page.done])}</p>`}
<p class="quiet">${e(me.closesSoon)}</p>

<h2>${e(me.controllerHeading)}</h2>
${renderController(site, words)}
<p><a href="${e(page.policyUrl)}">${e(me.policyLink)}</a></p>

${renderChanges(page, form)}
<h2>${e(me.keptHeading)}</h2>
${renderKept(page)}
<h2>${e(me.recipientsHeading)}</h2>
${page.recipients.length === 0 ? `<p>${e(me.nobody)}</p>` : `<ul>${page.recipients.map((one) => `<li dir="auto">${e(one.name)} (${e(one.country)}): ${e(one.purpose)}</li>`).join("")}</ul>`}

<h2>${e(me.copyHeading)}</h2>
<p>${e(me.copyText)}</p>
${form("export", `<button>${e(me.download)}</button>`)}

${visitor === null ? "" : renderCorrect(words, form, visitor.profile) + renderForbid(words, form, page.restricted)}
${renderErase(words, form, person.kind)}
${renderAsk(words, form, write.days(site.rules.requests.dueDays))}
<p>${fill(e(me.complain), { authority: `<a href="${authorities}" rel="noreferrer">${e(me.authority)}</a>` })}</p>
${renderLists(data, words, write.moment)}
${form("close", `<button class="plain">${e(me.close)}</button>`)}`;
}

function renderController(site: Site, { me }: Words): string {
  const { name, postalAddress, email } = site.controller;
  if (name === "") return `<p>${e(fill(me.controllerMissing, { site: site.name }))}</p>`;
  return `<dl><dt>${e(me.controller)}</dt><dd><bdi>${e(name)}</bdi></dd><dt>${e(me.postalAddress)}</dt><dd><bdi>${e(postalAddress)}</bdi></dd><dt>${e(me.email)}</dt><dd><a href="mailto:${e(email)}">${e(email)}</a></dd></dl>`;
}

/** What will be different, told in advance (JIVO-09, JMINI-11). */
function renderChanges(page: MePage, form: MakeForm): string {
  const { words, site, upcoming, transfer } = page;
  const { date } = writer(words, site.timeZone);
  const parts: string[] = [];
  if (upcoming !== null) {
    const { version, changes, effectiveAt } = upcoming;
    const change = fill(words.me.change, { date: date(effectiveAt), version, changes });
    parts.push(`<h2>${e(words.me.changeHeading)}</h2>\n<p dir="auto">${e(change)}</p>`);
    if (page.person.kind === "visitor")
      parts.push(
        form("object-policy", `<button class="plain">${e(words.me.objectToPolicy)}</button>`),
      );
  }
  if (transfer !== null)
    parts.push(`<p class="done">${e(tellTransfer(words, site, transfer))}</p>`);
  return parts.join("\n");
}

/** The announcement that the business passes to somebody else. */
export function tellTransfer(
  words: Words,
  site: Pick<Site, "timeZone">,
  { to, unlockedAt }: { to: string; unlockedAt: number },
): string {
  return fill(words.policy.transfer, { to, date: writer(words, site.timeZone).date(unlockedAt) });
}

function renderKept({ site, person, data, words }: MePage): string {
  const { me } = words;
  const { days, hours, years } = writer(words, site.timeZone);
  const { retention } = site.rules;
  const messages = data.conversations.flatMap((conversation) => conversation.messages);
  const given = [data.profile?.name ?? "", data.profile?.email ?? ""].filter((part) => part !== "");
  const photoPeriod = fill(me.photoPeriod, { hours: hours(retention.originalHours) });
  const rows: [what: string, whatFor: string, howMuch: string | number, howLong: string][] = [
    [me.profile, me.toAnswer, given.join(", ") || me.none, me.asConversation],
    [
      me.messages,
      me.toAnswer,
      messages.length,
      fill(me.afterLast, { days: days(retention.conversation) }),
    ],
    [me.photos, me.toAnswer, messages.flatMap((one) => one.attachments).length, photoPeriod],
    [me.photoDetails, me.toReport, data.photoDetails.length, days(retention.photoDetails)],
    [me.pages, me.toCount, data.pageViews.length, days(retention.pageViews)],
    [
      me.answers,
      me.asEvidence,
      data.consents.length,
      fill(me.afterEnd, { days: days(retention.evidence) }),
    ],
    [me.requests, me.asHonoured, data.requests.length, years(3)],
  ];
  if (person.kind === "address")
    rows.push([
      fill(me.subscription, { address: person.address }),
      me.toMailNews,
      data.mail === null ? me.none : me.seeExport,
      me.untilEnded,
    ]);
  const heads = [me.what, me.whatFor, me.howMuch, me.howLong];
  return `<table>
<thead><tr>${heads.map((head) => `<th>${e(head)}</th>`).join("")}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${row.map((cell) => `<td><bdi>${e(String(cell))}</bdi></td>`).join("")}</tr>`).join("\n")}
</tbody>
</table>`;
}

function renderLists(data: PersonData, words: Words, at: (time: number) => string): string {
  const { me } = words;
  const messages = data.conversations.flatMap((conversation) => conversation.messages);
  return [
    listOf(me.answers, data.consents, (one) => {
      const values = {
        act: words.acts[one.action],
        allowed: allowedIn(one.choices, words),
        version: one.policyVersion,
      };
      return `${at(one.at)}: ${fill(me.answerLine, values)}`;
    }),
    listOf(me.pages, data.pageViews.slice(0, 100), (view) => `${at(view.at)}: ${view.path}`),
    listOf(me.requests, data.requests, (one) => {
      const values = {
        type: words.requestTypes[one.type],
        state: words.requestStates[one.state],
        date: at(one.dueAt),
      };
      return `${at(one.receivedAt)}: ${fill(me.requestLine, values)}`;
    }),
    listOf(me.messages, messages.slice(-200), (message) => {
      const author = message.author.kind === "visitor" ? me.you : message.author.name;
      return `${at(message.sentAt)} ${author}: ${message.text}`;
    }),
  ].join("\n");
}

function allowedIn(choices: Choices, words: Words): string {
  const allowed = purposes.flatMap((purpose) =>
    purpose !== "necessary" && choices[purpose] ? [words.purposes[purpose]] : [],
  );
  return allowed.length === 0 ? words.me.nothingAllowed : allowed.join(", ");
}

function listOf<T>(title: string, items: readonly T[], tell: (item: T) => string): string {
  if (items.length === 0) return "";
  return `<details><summary>${e(title)}</summary><ul>${items.map((item) => `<li dir="auto">${e(tell(item))}</li>`).join("")}</ul></details>`;
}
