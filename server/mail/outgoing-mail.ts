import type { MailKind } from "../../shared/mail-rules.js";

/** A mail before it is rendered and before anybody asked whether it may go. */
export interface OutgoingMail {
  siteId: string;
  /** Normal form. */
  to: string;
  kind: MailKind;
  subject: string;
  text: string;
  button?: { label: string; url: string };
  because?: string;
  /** The reader's, BCP 47; the site's where it is not known. */
  language?: string;
  /** With the opt-out link even where the kind does not need it: a test shows what readers will see. */
  withOptOut?: boolean;
}
