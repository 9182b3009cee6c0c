import * as z from "zod/mini";
import { errorCodes, type ErrorCode } from "../../shared/error-codes.js";
import { offline, type Failure, type Outcome } from "../state/outcome.js";

/** The names of the registry, for zod. */
const codes = z.custom<ErrorCode>((value) => typeof value === "string" && value in errorCodes);
const refusalSchema = z.object({
  code: codes,
  message: z.string(),
  retryAfter: z.optional(z.number()),
});

/** The server answered something this page does not understand: it is older than the server. */
const misunderstood: Failure = {
  ok: false,
  code: "CLIENT_OUTDATED",
  message: "This page is older than the server. Reload it.",
};

export interface ServerCall {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  path: string;
  body?: unknown;
}

/** Calls `ended` whenever an answer says that nobody is signed in. */
export type CallServer = <T>(call: ServerCall, schema: z.ZodMiniType<T>) => Promise<Outcome<T>>;

export function createCallServer(ended: () => void): CallServer {
  return async (call, schema) => {
    const init: RequestInit = { method: call.method, headers: { accept: "application/json" } };
    if (call.body !== undefined) {
      init.body = JSON.stringify(call.body);
      init.headers = { accept: "application/json", "content-type": "application/json" };
    }
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(call.path, init);
      const text = await response.text();
      body = text === "" ? null : JSON.parse(text);
    } catch {
      return offline;
    }
    if (!response.ok) {
      const failure = readRefusal(body);
      if (failure.code === "NOT_SIGNED_IN") ended();
      return failure;
    }
    const parsed = schema.safeParse(body);
    return parsed.success ? { ok: true, value: parsed.data } : misunderstood;
  };
}

/** Reads a coded refusal; anything else (a proxy's page) is an answer that did not come. */
export function readRefusal(body: unknown): Failure {
  const parsed = refusalSchema.safeParse(body);
  if (!parsed.success) return offline;
  const { code, message, retryAfter } = parsed.data;
  return retryAfter === undefined
    ? { ok: false, code, message }
    : { ok: false, code, message, retryAfter };
}
