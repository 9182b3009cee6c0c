import type { ConsentAnswer, ConsentState } from "../../shared/consent.js";
import { isErrorCode, type ErrorCode } from "../../shared/error-codes.js";
import { paths } from "../../shared/paths.js";
import type { PanelSite } from "../../shared/wire.js";
import { parseConsent, parsePanelSite, parseTicket } from "./parse-answers.js";

/** A refused or failed request. `NETWORK`: no answer at all. */
export class RequestFailure extends Error {
  constructor(
    readonly code: ErrorCode | "NETWORK",
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

export interface ServerRequests {
  panelSite: (language: string) => Promise<PanelSite>;
  /** Answers with the state in force, null where the server keeps nothing of a stranger. */
  answerConsent: (token: string, answer: ConsentAnswer) => Promise<ConsentState | null>;
  findConsent: (token: string) => Promise<ConsentState | null>;
  forget: (token: string) => Promise<void>;
  subscribe: (subscription: Subscription) => Promise<void>;
  /** The address of the page of one's own data, good once and for a minute. `language`: which it speaks. */
  privacyPage: (token: string, language: string) => Promise<string>;
}

export interface Subscription {
  email: string;
  language: string;
  /** Origin and path of the page. */
  url: string;
  /** The words beside the box. */
  text: string;
}

/** `server`: `PUBLIC_URL` without a slash at its end. */
export function makeServerRequests(server: string, key: string): ServerRequests {
  const ask = async (
    method: "GET" | "POST",
    path: string,
    token: string | null,
    body?: object,
  ): Promise<unknown> => {
    const headers: Record<string, string> = {};
    if (token !== null) headers["Authorization"] = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    let response: Response;
    try {
      response = await fetch(server + path, {
        method,
        headers,
        credentials: "omit",
        referrerPolicy: "origin",
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    } catch (error) {
      throw new RequestFailure("NETWORK", String(error));
    }
    const text = await response.text();
    const answer = readJson(text);
    if (response.ok) return answer;
    throw readFailure(response, answer);
  };
  return {
    panelSite: async (language) =>
      parsePanelSite(
        await ask("GET", `${paths.panel(key)}?language=${encodeURIComponent(language)}`, null),
      ),
    answerConsent: async (token, answer) =>
      parseConsent(await ask("POST", paths.consent(key), token, answer)),
    findConsent: async (token) => parseConsent(await ask("GET", paths.consent(key), token)),
    forget: async (token) => {
      await ask("POST", paths.forget(key), token, {});
    },
    subscribe: async (subscription) => {
      await ask("POST", paths.subscribe(key), null, subscription);
    },
    async privacyPage(token, language) {
      const ticket = parseTicket(await ask("POST", paths.privacyTicket(key), token, { language }));
      const query = new URLSearchParams({ site: key, language });
      return `${server}${paths.privacyFromChat}?${query}#${encodeURIComponent(ticket)}`;
    },
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function readFailure(response: { status: number }, answer: unknown): RequestFailure {
  const body: { code?: unknown; message?: unknown; retryAfter?: unknown } =
    typeof answer === "object" && answer !== null ? answer : {};
  return new RequestFailure(
    isErrorCode(body.code) ? body.code : "INTERNAL",
    typeof body.message === "string" ? body.message : `HTTP ${response.status}`,
    typeof body.retryAfter === "number" ? body.retryAfter * 1000 : 0,
  );
}
