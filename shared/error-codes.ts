/**
 * Every error that crosses the wire, by name. The server's registry (`server/errors.ts`) adds HTTP
 * status and message; clients act on the code. `retry` says what an outbox does with it:
 * `never` (take it out and show it), `later` (keep it and try again), `reload` (keep it, reload the panel).
 */
export const errorCodes = {
  BAD_REQUEST: "never",
  NOT_FOUND: "never",
  UNKNOWN_SITE: "never",
  ORIGIN_REFUSED: "never",
  UNKNOWN_CONVERSATION: "never",
  UNKNOWN_ATTACHMENT: "never",
  UNKNOWN_VISITOR: "never",
  CLIENT_OUTDATED: "reload",
  TOKEN_INVALID: "never",
  TOKEN_REVOKED: "never",
  TEXT_TOO_LONG: "never",
  MESSAGE_EMPTY: "never",
  TOO_MANY_ATTACHMENTS: "never",
  PAYLOAD_TOO_LARGE: "never",
  TOO_SLOW: "later",
  RATE_LIMITED: "later",
  BUSY: "later",
  STORE_UNAVAILABLE: "later",
  SHUTTING_DOWN: "later",
  INTERNAL: "later",
  NOT_SIGNED_IN: "never",
  SIGN_IN_FAILED: "never",
  FORBIDDEN: "never",
  CONFIDENTIALITY_REQUIRED: "never",
  SETUP_LINK_INVALID: "never",
  PASSWORD_WEAK: "never",
  EMAIL_INVALID: "never",
  ORIGIN_INVALID: "never",
  IMAGE_UNSUPPORTED: "never",
  IMAGE_TOO_LARGE: "never",
  IMAGE_DAMAGED: "never",
  HEIC_UNSUPPORTED: "never",
  GONE: "never",
  LINK_INVALID: "never",
  ADDRESS_SUPPRESSED: "never",
  CONSENT_REFUSED: "never",
  POLICY_SUPERSEDED: "never",
  CONFLICT: "never",
  UNPROCESSABLE: "never",
  LOCKED: "never",
} as const satisfies Record<string, "never" | "later" | "reload">;

export type ErrorCode = keyof typeof errorCodes;

/** What every refused HTTP request answers, as JSON. */
export interface ErrorBody {
  code: ErrorCode;
  /** A sentence a person can read. */
  message: string;
  /** Seconds until the next try may succeed. */
  retryAfter?: number;
}

/** Every acknowledgement: a value, or a coded refusal that lost nothing. */
export type Ack<T> = { ok: true; value: T } | ({ ok: false } & ErrorBody);

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(errorCodes, code);
}
