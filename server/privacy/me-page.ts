import { purposes, type Purpose } from "../../shared/consent.js";
import { escapeHtml } from "../http/public-page.js";
import type { Site } from "../sites/site.js";
import type { PersonData } from "./collect-person.js";
import type { Person } from "./erase-subject.js";

export interface MePage {
  site: Site;
  person: Person;
  data: PersonData;
  restricted: readonly Purpose[];
  recipients: readonly { name: string; purpose: string; country: string }[];
  policyUrl: string;
  /** A published policy that is not in effect yet. */
  upcoming: { version: number; effectiveAt: number; changes: string } | null;
  /** Hidden in every form: a page of somebody else cannot know it. */
  formToken: string;
  /** What was just done, in one sentence. */
  done: string | null;
}

const e = escapeHtml;
const action = "/privacy/me";
/** Where a complaint may go: the list of authorities that the European Data Protection Board keeps. */
const authorities = "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en";

const purposeWords: Record<Purpose, string> = {
  necessary: "Answering you in the chat",
  preferences: "Remembering your settings",
  analytics: "Counting the pages you open",
  marketing: "News by e-mail",
  mail_tracking: "Seeing whether a mail was opened",
};

/** The page of somebody's rights, in the language of the product; works without scripts. */
export function renderMe(page: MePage): string {
  const { site, person, data } = page;
  const moment = new Intl.DateTimeFormat("en", {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: site.timeZone,
  });
  const at = (time: number) => e(moment.format(time));
  const days = (n: number) => (n === 1 ? "1 day" : `${n} days`);
  const { retention } = site.rules;
  const messages = data.conversations.flatMap((conversation) => conversation.messages);
  const photos = messages.flatMap((message) => message.attachments);
  const form = (act: string, inner: string) =>
    `<form method="post" action="${action}/${act}"><input type="hidden" name="form" value="${e(page.formToken)}">${inner}</form>`;

  return `<h1>Your data at ${e(site.name)}</h1>
${page.done === null ? "" : `<p class="done" role="status">${e(page.done)}</p>`}
<p class="quiet">This page closes 15 minutes after you opened it.</p>

<h2>Who answers for it</h2>
${
  site.controller.name === ""
    ? `<p>${e(site.name)} has not named its controller yet. Ask in the chat.</p>`
    : `<dl><dt>Controller</dt><dd>${e(site.controller.name)}</dd><dt>Postal address</dt><dd>${e(site.controller.postalAddress)}</dd><dt>E-mail</dt><dd><a href="mailto:${e(site.controller.email)}">${e(site.controller.email)}</a></dd></dl>`
}
<p><a href="${e(page.policyUrl)}">The privacy policy in force</a></p>

${
  page.upcoming === null
    ? ""
    : `<h2>The policy changes</h2>
<p>From ${at(page.upcoming.effectiveAt)} version ${page.upcoming.version} holds: ${e(page.upcoming.changes)}</p>
${person.kind === "visitor" ? form("object-policy", '<button class="plain">Object, and remove what is kept about me</button>') : ""}`
}
<h2>What is kept</h2>
<table>
<thead><tr><th>What</th><th>What for</th><th>How much</th><th>How long</th></tr></thead>
<tbody>
<tr><td>Name and e-mail address you gave</td><td>Answering you</td><td>${data.profile === null ? "none" : e([data.profile.name, data.profile.email].filter((part) => part !== "").join(", ") || "none")}</td><td>as long as the conversation</td></tr>
<tr><td>Messages</td><td>Answering you</td><td>${messages.length}</td><td>${days(retention.conversation)} after the last one</td></tr>
<tr><td>Photos, made smaller</td><td>Answering you</td><td>${photos.length}</td><td>as long as the conversation; the original ${retention.originalHours} hours</td></tr>
<tr><td>Details of photos (name, size, date)</td><td>Statistics of the site</td><td>${data.photoDetails.length}</td><td>${days(retention.photoDetails)}</td></tr>
<tr><td>Pages you opened</td><td>Counting visits, if you allowed it</td><td>${data.pageViews.length}</td><td>${days(retention.pageViews)}</td></tr>
<tr><td>Your answers about consent</td><td>Evidence of what you allowed</td><td>${data.consents.length}</td><td>${days(retention.evidence)} after they end</td></tr>
<tr><td>Requests you made</td><td>Evidence that they were honoured</td><td>${data.requests.length}</td><td>3 years</td></tr>
${person.kind === "address" ? `<tr><td>Subscription of ${e(person.address)}, mail log</td><td>News by e-mail</td><td>${data.mail === null ? "none" : "see the export"}</td><td>until you end it</td></tr>` : ""}
</tbody>
</table>
<h2>Who else gets it</h2>
${page.recipients.length === 0 ? "<p>Nobody.</p>" : `<ul>${page.recipients.map((one) => `<li>${e(one.name)} (${e(one.country)}): ${e(one.purpose)}</li>`).join("")}</ul>`}

<h2>Get a copy</h2>
<p>A ZIP file with everything: texts as JSON, your photos, and a list of its files.</p>
${form("export", "<button>Download my data</button>")}

${
  person.kind === "visitor"
    ? `<h2>Correct it</h2>
${form(
  "correct",
  `<label for="name">Name</label><input id="name" name="name" maxlength="80" value="${e(person.visitor.profile.name)}" autocomplete="name">
<label for="email">E-mail address</label><input id="email" name="email" type="email" maxlength="254" value="${e(person.visitor.profile.email)}" autocomplete="email">
<button>Save</button>`,
)}
<h2>Forbid a use</h2>
<p>Ticked uses stop at once, whatever you allowed before.</p>
${form(
  "restrict",
  `${purposes
    .map(
      (purpose) =>
        `<label><input type="checkbox" name="purpose_${purpose}" value="1"${page.restricted.includes(purpose) ? " checked" : ""}> ${e(purposeWords[purpose])}</label>`,
    )
    .join("\n")}
<p class="row"><button name="how" value="restrict">Forbid these uses</button><button class="plain" name="how" value="object">Forbid, and remove what they left</button></p>`,
)}`
    : ""
}
<h2>Erase it</h2>
${form(
  "erase",
  `<label for="scope">What</label><select id="scope" name="scope">
${
  person.kind === "visitor"
    ? `<option value="all">Everything</option><option value="chat">My conversations</option><option value="images">My photos</option>`
    : `<option value="mail">Everything about this address</option>`
}
</select>
<label><input type="checkbox" name="sure" value="1" required> I know that this cannot be undone</label>
<p><button class="danger">Erase</button></p>`,
)}

<h2>Ask a person</h2>
${form(
  "ask",
  `<label for="type">About</label><select id="type" name="type"><option value="access">What is kept</option><option value="correct">A correction</option><option value="object">A use of my data</option><option value="parent">My child's data</option><option value="unsolicited_mail">Mail I did not ask for</option><option value="complain">A complaint</option><option value="other">Something else</option></select>
<label for="note">Your words</label><textarea id="note" name="note" rows="4" maxlength="2000" required></textarea>
<button>Send</button>
<p class="quiet">Answered within ${days(site.rules.requests.dueDays)}.</p>`,
)}
<p>You may also complain to <a href="${authorities}" rel="noreferrer">your data protection authority</a>.</p>
${listOf("Your answers about consent", data.consents, (one) => `${at(one.at)}: ${e(one.action)} (${e(allowedIn(one.choices))}), policy version ${one.policyVersion}`)}
${listOf("Pages you opened", data.pageViews.slice(0, 100), (view) => `${at(view.at)}: ${e(view.path)}`)}
${listOf("Your requests", data.requests, (one) => `${at(one.receivedAt)}: ${e(one.type)}, ${e(one.state)}, due ${at(one.dueAt)}`)}
${listOf("Messages", messages.slice(-200), (message) => `${at(message.sentAt)} ${message.author.kind === "visitor" ? "you" : e(message.author.name)}: ${e(message.text)}`)}
${form("close", '<button class="plain">Close this page</button>')}`;
}

function allowedIn(choices: Record<string, boolean>): string {
  const allowed = Object.entries(choices).flatMap(([name, yes]) => (yes ? [name] : []));
  return allowed.length === 0 ? "nothing allowed" : allowed.join(", ");
}

function listOf<T>(title: string, items: readonly T[], render: (item: T) => string): string {
  if (items.length === 0) return "";
  return `<details><summary>${escapeHtml(title)}</summary><ul>${items.map((item) => `<li>${render(item)}</li>`).join("")}</ul></details>`;
}
