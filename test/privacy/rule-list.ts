/** A rule of the design, as the table in docs/privacy-rules.md lists it. */
export interface Rule {
  id: string;
  does: string;
  /** The site's setting that moves it; empty where nothing does. */
  setting: string;
  /** Set on a rule that waits for a part of the product that is not built yet. */
  later?: string;
}

/** Every rule; hard tests are named in test titles as `hard test N`. */
export const rules: Rule[] = [
  {
    id: "JIVO-01",
    does: "Session cookies; persistent ones only for saved preferences",
    setting: "",
  },
  { id: "JIVO-02", does: "An address counts only after its single-use link", setting: "" },
  {
    id: "JMINI-02",
    does: "No password in a cookie or mail; tokens are stored as hashes",
    setting: "",
  },
  {
    id: "JIVO-03",
    does: "The pixel counts, and names nobody without consent",
    setting: "analytics.enabled",
  },
  {
    id: "JIVO-04",
    does: "Opens of mail are counted a campaign, not a person",
    setting: "",
    later: "open pixels in mail",
  },
  { id: "JIVO-05", does: "No network address with page views", setting: "ip.link" },
  {
    id: "JIVO-06",
    does: "Dwell, entry, exit, families; no query strings; cells under 10 hidden",
    setting: "retention.pageViews, analytics.cookieless",
  },
  {
    id: "JIVO-07",
    does: "No demographic fields in webhooks or reports",
    setting: "",
    later: "webhooks",
  },
  { id: "XIM-01", does: "Do Not Track and Global Privacy Control are obeyed", setting: "" },
  {
    id: "XIM-02",
    does: "Append-only evidence of consent, with sealed address and server time",
    setting: "retention.evidence",
  },
  {
    id: "XIM-03",
    does: "One click out, committed before the answer",
    setting: "",
  },
  { id: "JMINI-04", does: "No marketing mail without its opt-out link", setting: "" },
  {
    id: "JMINI-05",
    does: "Administrative mail arrives after an opt-out of marketing",
    setting: "mail.marketing",
  },
  { id: "JPEGR-02", does: "At most two marketing mails a month", setting: "", later: "mail caps" },
  {
    id: "JIVO-08",
    does: "Requests are due within 30 days, with reminders and an overdue badge",
    setting: "requests.dueDays",
  },
  {
    id: "JMINI-06",
    does: "A full opt-out deactivates",
    setting: "mail.serviceOptOut",
    later: "visitor accounts",
  },
  {
    id: "JPEGR-07",
    does: "Right to know and to a copy; who the controller is",
    setting: "controller",
  },
  { id: "JPEGR-08", does: "Right to erase all or part, to restrict and to object", setting: "" },
  { id: "JPEGR-09", does: "Right to correct; the audit names the field alone", setting: "" },
  {
    id: "JPEGR-01",
    does: "Originals are gone two hours after optimisation",
    setting: "retention.originalHours",
  },
  {
    id: "JPEGR-03",
    does: "Details of photos for 40 days, with a report",
    setting: "retention.photoDetails",
  },
  {
    id: "JMINI-01",
    does: "Photo statistics without names, with a switch",
    setting: "statistics.photos",
  },
  {
    id: "JMINI-03",
    does: "Button and error counts stay here, off until switched on",
    setting: "statistics.errors",
  },
  { id: "JMINI-07", does: "No place or person in any stored photo", setting: "" },
  {
    id: "JMINI-08",
    does: "Under age: no rows; one action erases",
    setting: "age.gate, age.min, age.under13",
  },
  { id: "JMINI-09", does: "Declared fields only, each optional", setting: "" },
  {
    id: "JMINI-10",
    does: "A recipient has country, agreement and transfer basis",
    setting: "recipients",
  },
  {
    id: "JIVO-09",
    does: "Dated policy versions, notice in advance, renewed consent, objection",
    setting: "policy.noticeDays",
  },
  {
    id: "JPEGR-06",
    does: "Third parties are listed and noticed first",
    setting: "recipients",
    later: "webhooks call the rule that is here",
  },
  {
    id: "JMINI-11",
    does: "Bulk export is locked until the notice of a transfer is over",
    setting: "transfer.noticeDays",
  },
  { id: "JIVO-10", does: "Disclosures are logged and approved by two", setting: "" },
  {
    id: "JIVO-11",
    does: "Operators' reads are logged; visitors can have a device forgotten",
    setting: "",
  },
  { id: "JIVO-12", does: "An import of addresses needs evidence", setting: "", later: "imports" },
  {
    id: "JIVO-13",
    does: "Parents decide; without an answer it is deleted",
    setting: "age.under13",
  },
  {
    id: "JIVO-14",
    does: "People are reached by the channel they chose",
    setting: "",
    later: "channels",
  },
  { id: "XIM-04", does: "Nothing that people wrote is published", setting: "" },
  { id: "JMINI-12", does: "Card numbers are masked before they are stored", setting: "" },
  {
    id: "JMINI-13",
    does: "Unsolicited mail is a request type and suppresses at once",
    setting: "",
    later: "mail beyond the first slice",
  },
  { id: "JPEGR-10", does: "`implied` is no consent", setting: "" },
  { id: "JPEGR-04", does: "Every personal collection has a period", setting: "retention.*" },
  {
    id: "JPEGR-05",
    does: "No service notice to a deactivated account",
    setting: "",
    later: "visitor accounts",
  },
  { id: "JPEGR-11", does: "Encrypted beyond loopback", setting: "PUBLIC_URL" },
  { id: "XIM-05", does: "Nothing is loaded from other hosts", setting: "" },
  { id: "XIM-06", does: "Operators accept the confidentiality text first", setting: "" },
];

/** Only these may wait for another part of the product. */
export const mayWait = new Set(
  (
    "JIVO-02 JIVO-04 JIVO-07 JIVO-08 JIVO-12 JIVO-14 JMINI-04 JMINI-05 JMINI-06 JMINI-13 " +
    "JPEGR-02 JPEGR-05 JPEGR-06"
  ).split(" "),
);

/** The hard tests of the design that are held by now. */
export const hardTests = [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15];
