import type { z } from "zod";
import type { ErrorBody, ErrorCode } from "../shared/error-codes.js";

/** The registry: every error that crosses the wire, with its HTTP status and the sentence a person reads. */
const registry: Record<ErrorCode, { status: number; message: string }> = {
  BAD_REQUEST: { status: 400, message: "The request is not in the form that this address takes." },
  NOT_FOUND: { status: 404, message: "There is nothing at this address." },
  UNKNOWN_SITE: { status: 404, message: "No site has this key." },
  ORIGIN_REFUSED: {
    status: 403,
    message: "This page's address is not on the site's list of allowed origins.",
  },
  UNKNOWN_CONVERSATION: { status: 404, message: "There is no such conversation." },
  UNKNOWN_ATTACHMENT: { status: 404, message: "There is no such photo." },
  UNKNOWN_VISITOR: { status: 404, message: "There is no such visitor." },
  CLIENT_OUTDATED: { status: 409, message: "This page is older than the server. Reload it." },
  TOKEN_INVALID: { status: 401, message: "The visitor's token is missing or has the wrong form." },
  TOKEN_REVOKED: { status: 401, message: "This device was forgotten. Start anew." },
  TEXT_TOO_LONG: { status: 413, message: "The text is longer than this site takes." },
  MESSAGE_EMPTY: { status: 400, message: "A message needs text or a photo." },
  TOO_MANY_ATTACHMENTS: { status: 400, message: "There are too many photos in one message." },
  PAYLOAD_TOO_LARGE: { status: 413, message: "This is larger than the server takes." },
  TOO_SLOW: { status: 400, message: "The upload came too slowly. Try again on a better line." },
  RATE_LIMITED: { status: 429, message: "Too many tries. Wait a moment." },
  BUSY: { status: 503, message: "The server is busy. Try again in a moment." },
  STORE_UNAVAILABLE: { status: 503, message: "The store cannot be reached. Try again later." },
  SHUTTING_DOWN: { status: 503, message: "The server is restarting. Try again in a moment." },
  INTERNAL: { status: 500, message: "Something failed on the server. Nothing was lost." },
  NOT_SIGNED_IN: { status: 401, message: "Sign in first." },
  SIGN_IN_FAILED: { status: 401, message: "The e-mail address or the password is wrong." },
  FORBIDDEN: { status: 403, message: "Your role does not allow this." },
  CONFIDENTIALITY_REQUIRED: {
    status: 403,
    message: "Accept the confidentiality text before you read people's messages.",
  },
  SETUP_LINK_INVALID: {
    status: 403,
    message: "This link was used or has expired. Ask an admin for a new one.",
  },
  PASSWORD_WEAK: { status: 422, message: "This password is too easy to guess." },
  EMAIL_INVALID: { status: 422, message: "This is not an e-mail address." },
  ORIGIN_INVALID: {
    status: 422,
    message: "An origin is a scheme and a host, such as https://shop.example.",
  },
  IMAGE_UNSUPPORTED: { status: 415, message: "This file is not a photo of a kind that is taken." },
  IMAGE_TOO_LARGE: { status: 413, message: "This photo is larger than this site takes." },
  IMAGE_DAMAGED: { status: 422, message: "This photo is damaged and cannot be read." },
  HEIC_UNSUPPORTED: { status: 415, message: "HEIC photos are not taken here. Send a JPEG." },
  GONE: { status: 410, message: "This was deleted." },
  LINK_INVALID: { status: 404, message: "This link is not valid." },
  ADDRESS_SUPPRESSED: { status: 409, message: "This address asked not to be mailed." },
  CONSENT_REFUSED: { status: 403, message: "This needs a consent that was not given." },
  POLICY_SUPERSEDED: { status: 409, message: "The policy has a newer version. Read it first." },
  CONFLICT: { status: 409, message: "Somebody else changed this at the same time." },
  UNPROCESSABLE: { status: 422, message: "This cannot be done with the values given." },
  LOCKED: { status: 423, message: "This is locked." },
};

interface RefusalOptions {
  /** Replaces the registry's sentence; never holds what the client sent. */
  message?: string;
  /** Seconds until the next try may succeed. */
  retryAfter?: number;
  cause?: unknown;
}

/** A request that is answered with a code of the registry. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly retryAfter: number | undefined;

  constructor(
    readonly code: ErrorCode,
    options: RefusalOptions = {},
  ) {
    super(options.message ?? registry[code].message, { cause: options.cause });
    this.status = registry[code].status;
    this.retryAfter = options.retryAfter;
  }
}

/** A refusal to throw: status from the registry, message from there unless given. */
export function refuse(code: ErrorCode, options?: RefusalOptions): Refusal {
  return new Refusal(code, options);
}

/** The driver's and Mongoose's names for "the store cannot be reached"; their classes belong to stores. */
const storeErrorName =
  /^Mongo(oose)?(Network|ServerSelection|ServerClosed|NotConnected|TopologyClosed|PoolClosed|PoolCleared|PoolRequeued|WaitQueueTimeout|ClientClosed|ConnectionPool|OperationTimeout)/;
/** NotWritablePrimary, ShutdownInProgress, … (MongoDB's "retryable" state-change codes), and OutOfDiskSpace. */
const storeErrorCodes = new Set([
  6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 14031,
]);

/** Whether the store could not be reached or is stopping: nothing was decided, the caller may try again. */
export function isStoreUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (storeErrorName.test(error.name)) return true;
  if (error.name === "MongooseError" && /initial connection|disconnected/.test(error.message))
    return true;
  if (/^Mongo(Server|BulkWrite|WriteConcern)Error$/.test(error.name) && "code" in error)
    return storeErrorCodes.has(Number(error.code));
  return "cause" in error && error.cause !== error && isStoreUnavailable(error.cause);
}

/** Any thrown thing as a refusal: ours as it is, the framework's by status, all others INTERNAL. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (isStoreUnavailable(error))
    return refuse("STORE_UNAVAILABLE", { retryAfter: 5, cause: error });
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  if (status === 413) return refuse("PAYLOAD_TOO_LARGE", { cause: error });
  if (status === 404) return refuse("NOT_FOUND", { cause: error });
  if (status === 503) return refuse("SHUTTING_DOWN", { retryAfter: 2, cause: error });
  if (status >= 400 && status < 500) return refuse("BAD_REQUEST", { cause: error });
  return refuse("INTERNAL", { cause: error });
}

/** What the other side is told: code, a sentence, perhaps when to try again; never an inner error's text. */
export function toErrorBody(error: unknown): ErrorBody {
  const { code, message, retryAfter } = toRefusal(error);
  return retryAfter === undefined ? { code, message } : { code, message, retryAfter };
}

/**
 * Wire input as the schema describes it.
 * @throws BAD_REQUEST that names the field, never its value.
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.join(".") ?? "";
  // Keys of a record are the client's own words: only plain field names are repeated.
  if (!/^[A-Za-z0-9_.]{1,80}$/.test(field)) throw refuse("BAD_REQUEST");
  throw refuse("BAD_REQUEST", { message: `The field "${field}" is missing or not as it must be.` });
}
