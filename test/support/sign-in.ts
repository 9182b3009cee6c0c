import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import type { Operator } from "../../shared/wire.js";
import type { TestApp } from "./start-app.js";

export interface Answer<T> {
  status: number;
  headers: Headers;
  /** The JSON body, null when there is none. */
  body: T;
}

/** A browser's view of the operator's API: PUBLIC_URL's origin, and the session cookie once there is one. */
export interface OperatorApi {
  /** `name=value`, as a Cookie header has it. */
  cookie: string;
  operator: Operator;
  get<T = unknown>(path: string): Promise<Answer<T>>;
  post<T = unknown>(path: string, body: unknown): Promise<Answer<T>>;
  patch<T = unknown>(path: string, body: unknown): Promise<Answer<T>>;
}

export const adminForm = {
  email: "ada@example.org",
  name: "Ada",
  password: "a lamp over the door",
} as const;

/** One JSON request. `T` is what the test expects and then asserts. */
export async function callJson<T = unknown>(
  url: string,
  init: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer<T>> {
  const response = await fetch(url, {
    method: init.method ?? "GET",
    redirect: "manual",
    headers: {
      ...(init.body === undefined ? {} : { "content-type": "application/json" }),
      ...init.headers,
    },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
  const text = await response.text();
  const json = response.headers.get("content-type")?.includes("json") === true;
  return {
    status: response.status,
    headers: response.headers,
    body: (json ? JSON.parse(text) : text === "" ? null : text) as T,
  };
}

/** The first admin, made by the link that the terminal shows; with the confidentiality text accepted. */
export async function signInAdmin(app: Pick<TestApp, "url" | "setupLink">): Promise<OperatorApi> {
  const link = await app.setupLink();
  assert.ok(link !== null, "there is an admin already: use signIn");
  const token = link.split("#/setup/")[1];
  const api = await openApi(app, paths.setup, { ...adminForm, token });
  const accepted = await api.post<Operator>(paths.confidentiality, { accepted: true });
  assert.equal(accepted.status, 200);
  return { ...api, operator: accepted.body };
}

/** A further session of the admin that `signInAdmin` made. */
export function signIn(app: TestApp): Promise<OperatorApi> {
  return openApi(app, paths.signIn, { email: adminForm.email, password: adminForm.password });
}

async function openApi(
  app: Pick<TestApp, "url">,
  path: string,
  body: unknown,
): Promise<OperatorApi> {
  const origin = app.url;
  const answer = await callJson<Operator>(`${app.url}${path}`, {
    method: "POST",
    headers: { origin },
    body,
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const cookie = (answer.headers.getSetCookie()[0] ?? "").split(";", 1)[0] ?? "";
  const call =
    (method: string) =>
    <T>(to: string, content?: unknown) =>
      callJson<T>(`${app.url}${to}`, { method, headers: { origin, cookie }, body: content });
  return {
    cookie,
    operator: answer.body,
    get: call("GET"),
    post: call("POST"),
    patch: call("PATCH"),
  };
}
