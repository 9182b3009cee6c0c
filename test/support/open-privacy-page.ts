import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import type { TestApp } from "./start-app.js";

/** A browser tab with the privacy page open: keeps the page's cookie, sends its forms. */
export interface PrivacyPage {
  cookie: string;
  setCookie: string;
  html(): Promise<string>;
  /** Sends a form as the page would, its hidden field included. */
  send(act: string, fields?: Record<string, string>): Promise<Response>;
  /** Sends a form of another page, which cannot know the hidden field. */
  forge(act: string, fields?: Record<string, string>): Promise<Response>;
}

const form = (fields: Record<string, string>) => ({
  method: "POST",
  redirect: "manual" as const,
  body: new URLSearchParams(fields),
});

/** A ticket as the panel gets it. */
export async function getTicket(app: TestApp, token: string): Promise<Response> {
  return fetch(`${app.url}${paths.privacyTicket(app.demoKey)}`, {
    method: "POST",
    headers: { origin: app.demoUrl ?? "", authorization: `Bearer ${token}` },
  });
}

/** Spends a ticket as the panel's form does. */
export const spendTicket = (app: TestApp, ticket: string): Promise<Response> =>
  fetch(`${app.url}${paths.privacy}`, form({ ticket }));

/** The page of whoever has this token, opened from the panel. */
export async function openPrivacyPage(app: TestApp, token: string): Promise<PrivacyPage> {
  const { ticket } = (await (await getTicket(app, token)).json()) as { ticket: string };
  return followSession(app, await spendTicket(app, ticket));
}

/** The page behind the cookie that an answer set. */
export function followSession(app: TestApp, answer: Response): PrivacyPage {
  assert.equal(answer.status, 303);
  const setCookie = answer.headers.getSetCookie()[0] ?? "";
  const cookie = setCookie.split(";", 1)[0] ?? "";
  const get = async () => {
    const page = await fetch(`${app.url}${paths.privacy}`, { headers: { cookie } });
    assert.equal(page.status, 200);
    return page.text();
  };
  const post = (act: string, fields: Record<string, string>) =>
    fetch(`${app.url}${paths.privacy}/${act}`, { ...form(fields), headers: { cookie } });
  return {
    cookie,
    setCookie,
    html: get,
    async send(act, fields = {}) {
      const hidden = /name="form" value="([^"]+)"/.exec(await get())?.[1];
      assert.ok(hidden, "the page is open");
      return post(act, { form: hidden, ...fields });
    },
    forge: (act, fields = {}) => post(act, { form: "AAAA", ...fields }),
  };
}
