import type {
  AuditRow,
  ChainRow,
  ConsentRow,
  DisclosureBasis,
  DisclosureRow,
  Page,
  PolicyRow,
  RecipientRow,
  RequestRow,
  RequestState,
  RequestType,
  RetentionChange,
  RetentionPreview,
  TelemetryReport,
  TransferState,
  VisitReport,
} from "../../shared/privacy.js";
import type { Outcome } from "./outcome.js";

export interface NewRequest {
  type: RequestType;
  contact: string;
  note: string;
}

/** Who asked for somebody's data, and how it was made sure that it is the person. */
export interface PersonAsked {
  conversationId: string;
  contact: string;
  note: string;
}
export type EraseScope = "all" | "chat" | "images";

export interface NewPolicy {
  effectiveAt: number;
  material: boolean;
  changes: string;
  notices: Record<string, { title: string; text: string }>;
  text: string;
}

export interface NewDisclosure {
  conversationId: string;
  basis: DisclosureBasis;
  reason: string;
  fields: string[];
}

export type NewRecipient = Pick<
  RecipientRow,
  "name" | "purpose" | "country" | "agreement" | "transferBasis"
>;

export interface PhotoCounts {
  photos: number;
  pixels: number;
  bytesIn: number;
  bytesOut: number;
}

/** An original that is still kept. */
export interface KeptOriginal {
  url: string;
  bytes: number;
  deleteAt: number;
  hold: boolean;
}

type Asked<T> = Promise<Outcome<T>>;

/** The privacy views' half of the server, and the reports. */
export interface PrivacyApi {
  listConsents(siteId: string, before: number | null): Asked<Page<ConsentRow>>;
  verifyChains(siteId: string): Asked<ChainRow[]>;
  listAudit(siteId: string, before: number | null): Asked<Page<AuditRow>>;
  /** What was done to operators' accounts; the same for every site. */
  listAccountActs(siteId: string, before: number | null): Asked<Page<AuditRow>>;
  listRequests(siteId: string): Asked<RequestRow[]>;
  openRequest(siteId: string, request: NewRequest): Asked<RequestRow>;
  stepRequest(
    siteId: string,
    id: string,
    step: { state: RequestState; note: string },
  ): Asked<RequestRow>;
  /** A ZIP of everything about whoever wrote the conversation; it is a request, done at once. */
  exportPerson(siteId: string, asked: PersonAsked): Asked<Blob>;
  erasePerson(siteId: string, asked: PersonAsked & { scope: EraseScope }): Asked<RequestRow>;
  /** The visitor is under 13: by the site's rule erased, or frozen until the parents decide. */
  reportChild(
    siteId: string,
    child: { conversationId: string; parentEmail: string | null },
  ): Asked<{ outcome: "erased" | "asked" }>;
  listPolicies(siteId: string): Asked<PolicyRow[]>;
  publishPolicy(siteId: string, policy: NewPolicy): Asked<PolicyRow[]>;
  previewRetention(siteId: string, retention: RetentionChange): Asked<RetentionPreview>;
  listDisclosures(siteId: string): Asked<DisclosureRow[]>;
  requestDisclosure(siteId: string, draft: NewDisclosure): Asked<DisclosureRow>;
  approveDisclosure(siteId: string, id: string): Asked<DisclosureRow>;
  /** The data as text, to be saved as a file; the export is recorded. */
  exportDisclosure(siteId: string, id: string): Asked<string>;
  listRecipients(siteId: string): Asked<RecipientRow[]>;
  addRecipient(siteId: string, draft: NewRecipient): Asked<RecipientRow>;
  activateRecipient(siteId: string, id: string): Asked<RecipientRow>;
  removeRecipient(siteId: string, id: string): Asked<null>;
  readTransfer(siteId: string): Asked<TransferState>;
  announceTransfer(siteId: string, to: string): Asked<TransferState>;
  cancelTransfer(siteId: string): Asked<null>;
  reportVisits(siteId: string): Asked<VisitReport>;
  reportTelemetry(siteId: string): Asked<TelemetryReport>;
  /** Answers `GONE` when its hours are over. */
  readOriginal(attachmentId: string): Asked<KeptOriginal>;
  /** A legal hold: the original stays until it is lifted. */
  holdOriginal(attachmentId: string, hold: boolean): Asked<null>;
  countPhotos(siteId: string): Asked<{ today: PhotoCounts; all: PhotoCounts }>;
}
