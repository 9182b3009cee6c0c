import { paths } from "../../shared/paths.js";
import { escapeHtml as e } from "../http/public-page.js";
import type { Site } from "../sites/site.js";
import { writer } from "../words/choose-words.js";
import { fill, type Words } from "../words/words.js";
import { tellTransfer } from "./me-page.js";
import type { PolicyState } from "./policies.js";

interface PolicyPage extends PolicyState {
  recipients: readonly { name: string; purpose: string; country: string }[];
  transfer: { to: string; unlockedAt: number } | null;
}

/** A site's policy for everybody: what holds, what will, who receives what, and the way to one's rights. */
export function renderPolicy(words: Words, site: Site, page: PolicyPage): string {
  const { inForce, upcoming, recipients, transfer } = page;
  const { policy, me } = words;
  const { date } = writer(words, site.timeZone);
  // Version 1 is ours, and there is one in every language; what a site publishes stands as it is.
  const text = inForce.version === 1 ? policy.builtIn : inForce.text;
  const paragraphs = text.split(/\n\s*\n/).map((part) => `<p dir="auto">${e(part)}</p>`);
  const version = fill(inForce.effectiveAt > 0 ? policy.since : policy.version, {
    version: inForce.version,
    date: date(inForce.effectiveAt),
  });
  const controller = Object.values(site.controller).filter((part) => part !== "");
  const earlier = page.all.filter((one) => one.version < inForce.version);
  const change =
    upcoming === null
      ? null
      : fill(me.change, {
          date: date(upcoming.effectiveAt),
          version: upcoming.version,
          changes: upcoming.changes,
        });
  const rights = `${paths.privacy}?site=${encodeURIComponent(site.key)}&language=${words.language}`;
  return `<h1>${e(fill(policy.title, { site: site.name }))}</h1>
<p class="quiet">${e(version)}</p>
${change === null ? "" : `<p class="done" dir="auto">${e(change)}</p>`}
${transfer === null ? "" : `<p class="done">${e(tellTransfer(words, site, transfer))}</p>`}
${paragraphs.join("\n")}
<h2>${e(me.controller)}</h2>
<p dir="auto">${e(site.controller.name === "" ? policy.missing : controller.join(", "))}</p>
<h2>${e(policy.recipients)}</h2>
${recipients.length === 0 ? `<p>${e(me.nobody)}</p>` : `<ul>${recipients.map((one) => `<li dir="auto">${e(one.name)} (${e(one.country)}): ${e(one.purpose)}</li>`).join("")}</ul>`}
<h2>${e(policy.earlier)}</h2>
<ul>${earlier
    .map(({ version, changes }) => {
      const name = fill(policy.version, { version });
      return `<li dir="auto">${e(changes === "" ? name : `${name}: ${changes}`)}</li>`;
    })
    .join("")}</ul>
<p><a href="${e(rights)}">${e(policy.yourRights)}</a></p>`;
}
