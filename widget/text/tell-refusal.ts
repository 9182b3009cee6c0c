import { RequestFailure } from "../net/server-requests.js";
import type { Texts } from "./texts.js";

/** Why a request was not granted, in the panel's language: the server's own sentence is English. */
export function tellRefusal(texts: Texts, error: unknown, offline = texts.noConnection): string {
  const code = error instanceof RequestFailure ? error.code : "INTERNAL";
  switch (code) {
    case "NETWORK":
      return offline;
    case "EMAIL_INVALID":
      return texts.emailWrong;
    case "RATE_LIMITED":
      return texts.tooOften;
    case "CONSENT_REFUSED":
      return texts.failure.CONSENT_REFUSED;
    case "UNKNOWN_VISITOR":
      return texts.nothingKept;
    case "ORIGIN_REFUSED":
      return texts.originRefused;
    default:
      return texts.notTaken;
  }
}
