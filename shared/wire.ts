import type { Purpose, Signals } from "./consent.js";
import type { SiteRules, SiteRulesChange } from "./site-rules.js";

/**
 * The shapes that cross the wire, shared by both sides. Times are milliseconds since 1970 by the
 * server's clock. Ids are 16 bytes, base64url (22 characters), made by whoever creates the thing, so
 * that repeating a creation is harmless.
 */

export type Author =
  | { kind: "visitor" }
  /** `name` is what the visitor reads. */
  | { kind: "operator"; id: string; name: string };

export interface Message {
  conversationId: string;
  /** Place in the conversation: 1, 2, 3 … without a hole. */
  seq: number;
  /** The sender's own id for it; a repeat with the same one makes no second message. */
  clientId: string;
  author: Author;
  text: string;
  attachments: Attachment[];
  sentAt: number;
  /** The conversation's revision at which this message last changed; 0 if it never did. */
  revision: number;
}

export interface MessageDraft {
  conversationId: string;
  clientId: string;
  text: string;
  /** Ids of uploads of the same author in the same conversation. */
  attachmentIds: string[];
}

export type RenditionName = "preview" | "full";

export interface Rendition {
  name: RenditionName;
  /** Signed, absolute; opens this image for this reader and nothing else. */
  url: string;
  width: number;
  height: number;
  bytes: number;
  mime: string;
}

export interface Attachment {
  id: string;
  /** Of the upright photo. */
  width: number;
  height: number;
  /** ThumbHash, base64: shape and colours before the bytes arrive. */
  placeholder: string;
  /** What was uploaded, and what the largest rendition weighs. */
  bytesIn: number;
  bytesOut: number;
  /** True where the upload carried a place that was removed. */
  locationRemoved: boolean;
  altText: string;
  renditions: Rendition[];
}

/** What changes after a message was sent obeys `revision`, as messages obey `seq`. */
export interface Conversation {
  id: string;
  state: "open" | "closed";
  lastSeq: number;
  revision: number;
  /** Highest seq that each side has seen. */
  readByVisitor: number;
  readByOperator: number;
  createdAt: number;
}

export interface MessagesRequest {
  conversationId: string;
  /** The reader's cursors: everything up to here is known. */
  afterSeq: number;
  afterRevision: number;
}

export interface MessagesPage {
  conversation: Conversation;
  /** In order of seq, at most `limits.pageSize`. */
  messages: Message[];
  /** Older messages that changed since `afterRevision`. */
  changed: Message[];
  /** The page answers for every seq in (afterSeq, coveredTo]: what is missing there is gone for good. */
  coveredTo: number;
  /** False when coveredTo is the newest. */
  more: boolean;
}

export interface Profile {
  name: string;
  email: string;
}

export interface Presence {
  /** At least one operator is on line. */
  operatorsOnline: boolean;
}

export interface Typing {
  conversationId: string;
  who: "visitor" | "operator";
  on: boolean;
}

/** What the panel learns when its socket opens. */
export interface VisitorSession {
  presence: Presence;
  profile: Profile;
  /** The visitor's conversations, newest first; empty before the first message. */
  conversations: Conversation[];
}

/** What the server is set to take; without a setting the same as in `limits`. */
export interface Sizes {
  /** Of one photo. */
  uploadBytes: number;
  /** Characters (UTF-16 code units). */
  messageText: number;
}

/** What the panel needs of its site: `GET /api/sites/KEY/panel`. */
export interface PanelSite extends Sizes {
  name: string;
  color: string;
  language: string;
  greeting: string;
  /** Where the consent question is shown, and the version of the policy it asks for. */
  notice: PanelNotice;
  /** Whether the panel offers "News by e-mail". */
  news: boolean;
  /** Whether the site takes counts of the panel's own buttons and errors, from those who allow it. */
  usage: boolean;
  controller: Controller | null;
  /** For how long the original of a photo is kept. */
  originalHours: number;
}

export interface PanelNotice {
  place: "panel" | "page" | "none";
  policyVersion: number;
  /** Title and lines in the site's language; its hash is part of the evidence. */
  title: string;
  text: string;
  policyUrl: string;
  /** SHA-256 of title, a line feed and text, hex: sent back with the answer, because a page on plain http cannot compute it. */
  textHash: string;
  /** Asked before anything is stored; null where the site does not ask. */
  age: { min: number } | null;
  /** A published change that is not in effect yet: shown in advance with its date. */
  upcoming: { policyVersion: number; effectiveAt: number; changes: string } | null;
  /** What the headers of the panel's own request said: scripts do not see every signal. */
  signals: Signals;
}

/** Who answers for the data (JPEGR-07). */
export interface Controller {
  name: string;
  postalAddress: string;
  email: string;
}

// ---- the dashboard's side ----

export type Role = "admin" | "operator" | "viewer";

export interface Operator {
  id: string;
  email: string;
  name: string;
  role: Role;
  /** XIM-06: the confidentiality text was accepted. */
  confidentialityAccepted: boolean;
}

/** Whose one-time link it is, for the page that it opens. */
export interface SetupLinkOwner {
  /** Null: it makes the first admin, whose address is not known yet. */
  email: string | null;
  /** Empty until the account has one. */
  name: string;
  role: Role;
}

/** An account as admins see it. */
export interface OperatorAccount {
  id: string;
  email: string;
  /** Empty until the invited person set it. */
  name: string;
  role: Role;
  /** The link was not used yet: nobody can sign in. */
  invited: boolean;
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** What making or renewing an account answers: the link is shown once and stored nowhere. */
export interface OperatorInvitation {
  account: OperatorAccount;
  link: string;
}

export interface InboxRow {
  siteId: string;
  conversation: Conversation;
  visitor: VisitorSummary;
  /** The newest message in one line; empty text with photos above 0 means a photo. */
  lastText: string;
  lastPhotos: number;
  lastAuthor: Author["kind"];
  lastAt: number;
  /** Visitor's messages that no operator has read. */
  unread: number;
  /** Since when the visitor waits for an answer; null when nobody waits. */
  waitingSince: number | null;
}

export interface VisitorSummary {
  id: string;
  /** Counts up per site: what an operator calls somebody without a name. */
  number: number;
  name: string;
  email: string;
  online: boolean;
}

export interface InboxRequest {
  siteId: string;
  state: "open" | "closed";
  /** Where the last page ended; null for the newest rows. */
  before: InboxCursor | null;
}

/** A row's place in a list: by `lastAt`, newest first, and by the conversation's id where that is equal. */
export interface InboxCursor {
  lastAt: number;
  id: string;
}

export interface InboxPage {
  rows: InboxRow[];
  more: boolean;
}

export interface PageView {
  /** Path without query. */
  path: string;
  title: string;
  at: number;
  /** Milliseconds on the page, as far as known. */
  dwellMs: number;
}

export interface VisitorDetails {
  visitor: VisitorSummary;
  firstSeenAt: number;
  language: string;
  browser: string;
  os: string;
  device: string;
  country: string;
  referrerHost: string;
  /** Newest first; empty unless analytics was granted. */
  trail: PageView[];
  consent: Partial<Record<Purpose, boolean>>;
  consentAt: number | null;
}

export interface SiteSettings extends Sizes {
  id: string;
  key: string;
  name: string;
  origins: string[];
  color: string;
  corner: "left" | "right";
  language: string;
  greeting: string;
  timeZone: string;
  controller: Controller;
  news: boolean;
  rules: SiteRules;
  rulesVersion: number;
  scriptTag: string;
  tagSeen: { url: string; at: number } | null;
  refusedOrigins: { origin: string; at: number }[];
}

/** Fields left out stay as they are. */
export type SiteChange = Partial<
  Pick<
    SiteSettings,
    | "name"
    | "origins"
    | "color"
    | "corner"
    | "language"
    | "greeting"
    | "timeZone"
    | "controller"
    | "news"
  >
> & { rules?: SiteRulesChange };

export interface Campaign {
  id: string;
  siteId: string;
  subject: string;
  text: string;
  state: "draft" | "sending" | "done";
  createdAt: number;
  sent: number;
  /** Refused at hand-off, by reason. */
  refused: { reason: string; count: number }[];
}

export interface OutboxMail {
  id: string;
  to: string;
  subject: string;
  text: string;
  kind: "transactional" | "service" | "marketing";
  at: number;
}
