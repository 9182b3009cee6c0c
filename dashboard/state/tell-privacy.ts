import type { Choices, ConsentMethod } from "../../shared/consent.js";
import type {
  ConsentRow,
  DisclosureBasis,
  DisclosureRow,
  RequestType,
} from "../../shared/privacy.js";

/** Words for what the privacy views show; the codes are for the documents. */
const requests: Record<RequestType, string> = {
  access: "See their data",
  correct: "Correct something",
  erase: "Erase",
  restrict: "Restrict a use",
  object: "Object to a use",
  complain: "Complaint",
  parent: "A parent asks",
  unsolicited_mail: "Mail they did not ask for",
  other: "Something else",
};
export const tellRequest = (type: RequestType): string => requests[type];

const actions: Record<ConsentRow["action"], string> = {
  grant: "Agreed",
  refuse: "Refused",
  withdraw: "Withdrew",
  restrict: "Restricted",
  object: "Objected",
  confirm: "Confirmed",
};
export const tellAction = (action: ConsentRow["action"]): string => actions[action];

const methods: Record<ConsentMethod, string> = {
  notice: "in the notice",
  settings: "in the chat's settings",
  site_banner: "in the site's own banner",
  tcf: "in the site's consent tool (TCF)",
  form: "in a form",
  signal: "by the browser's signal",
};
export const tellMethod = (method: ConsentMethod): string => methods[method];

export const purposeNames: Record<keyof Choices, string> = {
  preferences: "Preferences",
  analytics: "Page views",
  marketing: "News",
  mail_tracking: "Mail opens",
};

/** "Page views, News", or "nothing". */
export function tellChoices(choices: Choices): string {
  const { preferences, analytics, marketing, mail_tracking } = choices;
  const allowed = [
    preferences && purposeNames.preferences,
    analytics && purposeNames.analytics,
    marketing && purposeNames.marketing,
    mail_tracking && purposeNames.mail_tracking,
  ].filter((name) => name !== false);
  return allowed.length === 0 ? "nothing" : allowed.join(", ");
}

const bases: Record<DisclosureBasis, string> = {
  order: "A court or an authority ordered it",
  terms_or_illegal_act: "Terms were broken, or a crime was committed",
  protection: "To protect rights",
  emergency: "An emergency: life or limb",
};
export const tellBasis = (basis: DisclosureBasis): string => bases[basis];

const disclosureStates: Record<DisclosureRow["state"], string> = {
  waiting: "Waits for a second admin",
  approved: "Approved",
  due: "Second approval due within 24 hours",
  overdue: "Second approval overdue",
};
export const tellDisclosure = (state: DisclosureRow["state"]): string => disclosureStates[state];

/** What an audit record's act is called; one that is not known here keeps its own name. */
const acts = new Map([
  ["admin.link", "New link made on the server"],
  ["campaign.send", "Mailing sent"],
  ["confidentiality.accept", "Confidentiality accepted"],
  ["consent_addresses.read", "Addresses of consents read"],
  ["conversation.read", "Conversation read"],
  ["heads.export", "Chain heads exported"],
  ["operator.invite", "Operator invited"],
  ["operator.link", "New link made for an operator"],
  ["operator.remove", "Operator removed"],
  ["operator.role", "Operator's role changed"],
  ["operator.setup", "Account set up"],
  ["policy.publish", "Policy published"],
  ["restore.accept", "Restored backup accepted"],
  ["rules.change", "Rules changed"],
  ["site.change", "Site settings changed"],
  ["site.create", "Site added"],
  ["suppression.add", "Mail stopped for an address"],
  ["suppression.lift", "Mail allowed again for an address"],
  ["suppression.replay", "Opt-outs stored again from the journal"],
  ["transfer.announce", "Handing over announced"],
  ["transfer.cancel", "Handing over cancelled"],
  ["transfer.export", "Everything exported for the handing over"],
]);
const actParts: [RegExp, string][] = [
  [/^erase\./, "Erased: "],
  [/^request\./, "Request: "],
  [/^recipient\./, "Recipient: "],
  [/^disclosure\./, "Disclosure: "],
];
export function tellAct(act: string): string {
  const known = acts.get(act);
  if (known !== undefined) return known;
  for (const [part, words] of actParts)
    if (part.test(act)) return words + act.replace(part, "").replaceAll(/[._]/g, " ");
  return act.replaceAll(/[._]/g, " ");
}

/**
 * Operators stand in records by id: names may change, records may not. `names` holds those of
 * today's accounts.
 */
export function nameActor(actor: string, me: string, names?: ReadonlyMap<string, string>): string {
  const id = actor.replace(/^operator:/, "");
  if (id === me) return "you";
  const name = names?.get(id);
  if (name !== undefined) return name;
  if (id === "visitor") return "the visitor";
  if (id === "server" || id === "system") return "the server";
  return `operator ${id.slice(0, 6)}`;
}

/** One record's details in one line: "rules.age.min: 13 to 16". */
export function tellDetails(details: Record<string, unknown>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${tellValue(value)}`)
    .join("; ");
}

function tellValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "from" in value && "to" in value)
    return `${tellValue(value.from)} to ${tellValue(value.to)}`;
  return JSON.stringify(value);
}
