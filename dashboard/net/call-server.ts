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

/** The same for an answer that is a file. */
export type FetchFile = (call: ServerCall) => Promise<Outcome<Blob>>;

async function ask({ method, path, body }: ServerCall): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body === undefined) return fetch(path, { method, headers });
  headers["content-type"] = "application/json";
  return fetch(path, { method, headers, body: JSON.stringify(body) });
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  return text === "" ? null : JSON.parse(text);
}

function readFailure(body: unknown, ended: () => void): Failure {
  const failure = readRefusal(body);
  if (failure.code === "NOT_SIGNED_IN") ended();
  return failure;
}

export function createCallServer(ended: () => void): CallServer {
  return async (call, schema) => {
    let response: Response;
    let body: unknown;
    try {
      response = await ask(call);
      body = await readJson(response);
    } catch {
      return offline;
    }
    if (!response.ok) return readFailure(body, ended);
    const parsed = schema.safeParse(body);
    return parsed.success ? { ok: true, value: parsed.data } : misunderstood;
  };
}

export function createFetchFile(ended: () => void): FetchFile {
  return async (call) => {
    try {
      const response = await ask(call);
      if (response.ok) return { ok: true, value: await response.blob() };
      return readFailure(await readJson(response), ended);
    } catch {
      return offline;
    }
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
