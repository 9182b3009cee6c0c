import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import type { AuditRow, DisclosureRow, Page, RequestRow } from "../../shared/privacy.js";
import type { OperatorInvitation } from "../../shared/wire.js";
import { openPhotoDesk, type PhotoDesk } from "../attachments/open-photo-desk.js";
import { makePhoto } from "../support/make-photo.js";
import { getTicket } from "../support/open-privacy-page.js";
import { readZip } from "../support/read-zip.js";
import type { StoreReader } from "../support/read-store.js";
import { callJson } from "../support/sign-in.js";

describe("what operators do for a person who asked", () => {
  let desk: PhotoDesk;
  let store: StoreReader;
  let photo: Buffer;
  let cookies: Record<"operator" | "viewer", string>;
  before(async () => {
    photo = await makePhoto({ width: 320, height: 240 });
    desk = await openPhotoDesk();
    store = await desk.app.openStore();
    cookies = { operator: await invite("operator"), viewer: await invite("viewer") };
  });
  after(async () => {
    await store.close();
    await desk.stop();
  });

  const view = (name: string) => paths.privacyView(desk.siteId, name);
  const origin = () => desk.app.url;
  async function invite(role: "operator" | "viewer"): Promise<string> {
    const email = `${role}@example.org`;
    const made = await desk.admin.post<OperatorInvitation>(paths.operators, { email, role });
    const token = made.body.link.split("#/setup/")[1];
    const used = await callJson(`${desk.app.url}${paths.setup}`, {
      method: "POST",
      headers: { origin: origin() },
      body: { token, email, name: role, password: "two lamps by the gate" },
    });
    const cookie = (used.headers.getSetCookie()[0] ?? "").split(";", 1)[0] ?? "";
    await callJson(`${desk.app.url}${paths.confidentiality}`, {
      method: "POST",
      headers: { origin: origin(), cookie },
      body: { accepted: true },
    });
    return cookie;
  }
  const post = <T>(cookie: string, name: string, body: unknown) =>
    callJson<T>(`${desk.app.url}${view(name)}`, {
      method: "POST",
      headers: { origin: origin(), cookie },
      body,
    });
  async function writer() {
    const visitor = desk.visitor();
    const upload = await visitor.upload(photo);
    assert.equal((await visitor.send([upload.body.id])).ok, true);
    return visitor;
  }
  const asked = (conversationId: string) => ({
    conversationId,
    contact: "4 Mill Lane",
    note: "Letter with a copy of the order",
  });
  const newestRequest = async () => (await desk.admin.get<RequestRow[]>(view("requests"))).body[0];

  it("an admin exports a copy: tracked as a request, audited, without network addresses (JPEGR-07, JIVO-08)", async () => {
    const visitor = await writer();
    const other = await writer();
    await callJson(`${desk.app.url}${paths.consent(desk.app.demoKey)}`, {
      method: "POST",
      headers: { origin: desk.app.demoUrl ?? "", authorization: `Bearer ${visitor.token}` },
      body: {
        choices: { preferences: false, analytics: false, marketing: false, mail_tracking: false },
        ...{ method: "notice", policyVersion: 1, textHash: "", language: "en", analyticsId: null },
        ...{ signals: { gpc: false, dnt: false }, ofAge: false },
      },
    });
    const answer = await fetch(`${desk.app.url}${view("people/export")}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        origin: origin(),
        cookie: desk.admin.cookie,
      },
      body: JSON.stringify(asked(visitor.conversationId)),
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "application/zip");
    const files = readZip(Buffer.from(await answer.arrayBuffer()));
    const data = JSON.parse(String(files.get("data.json"))) as {
      conversations: { id: string }[];
      consents: { address: string | null }[];
    };
    assert.deepEqual(
      data.conversations.map(({ id }) => id),
      [visitor.conversationId],
    );
    assert.equal(String(files.get("data.json")).includes(other.conversationId), false);
    assert.deepEqual(
      data.consents.map(({ address }) => address),
      [null],
      "JIVO-05: linked only where the site says so",
    );
    assert.ok([...files.keys()].some((name) => name.startsWith("attachments/")));
    const request = await newestRequest();
    assert.deepEqual(
      [request?.type, request?.state, request?.contact],
      ["access", "done", "4 Mill Lane"],
    );
    const acts = (await desk.admin.get<Page<AuditRow>>(view("audit"))).body.rows;
    const made = acts.find(({ act }) => act === "export");
    assert.equal(made?.actor, desk.admin.operator.id);
  });

  it("an operator may erase but not export; a viewer neither; nobody without saying who asked", async () => {
    const { conversationId, token } = await writer();
    const before = await store.dump();
    const body = asked(conversationId);
    const erase = { ...body, scope: "all" };
    const refused = await Promise.all([
      post(cookies.operator, "people/export", body),
      post(cookies.viewer, "people/export", body),
      post(cookies.viewer, "people/erase", erase),
      post("", "people/erase", erase),
      post(cookies.viewer, "children", { conversationId, parentEmail: null }),
    ]);
    assert.deepEqual(
      refused.map(({ status }) => status),
      [403, 403, 403, 401, 403],
    );
    const wanting = await Promise.all([
      post(cookies.operator, "people/erase", { ...erase, note: " " }),
      post(cookies.operator, "people/erase", { ...erase, contact: "" }),
      post(cookies.operator, "people/erase", { ...erase, scope: "mail" }),
    ]);
    assert.deepEqual(
      wanting.map(({ status }) => status),
      [400, 400, 400],
    );
    const unknown = await post(cookies.operator, "people/erase", {
      ...erase,
      conversationId: desk.visitor().conversationId,
    });
    assert.equal(unknown.status, 404);
    assert.deepEqual((await store.dump())["messages"], before["messages"]);
    assert.equal((await getTicket(desk.app, token)).status, 200);
  });

  it("an operator erases a part, then everything; each is a request that is done (JPEGR-08)", async () => {
    const visitor = await writer();
    const { conversationId } = visitor;
    const body = asked(conversationId);
    const photos = await post<RequestRow>(cookies.operator, "people/erase", {
      ...body,
      scope: "images",
    });
    assert.equal(photos.body.state, "done");
    assert.equal(await store.count("attachments", { conversation: conversationId }), 0);
    assert.equal(await store.count("messages", { conversation: conversationId }), 1);
    const all = await post<RequestRow>(cookies.operator, "people/erase", { ...body, scope: "all" });
    assert.deepEqual(
      all.body.steps.map(({ act, note }) => [act, note]),
      [
        ["received", "Letter with a copy of the order"],
        ["done", "Letter with a copy of the order"],
      ],
    );
    assert.equal(await store.count("messages", { conversation: conversationId }), 0);
    assert.equal((await getTicket(desk.app, visitor.token)).status, 401, "the token is dead");
    const ledger = (await store.find("erasure_ledger")).map((record) => String(record["act"]));
    assert.deepEqual(ledger.slice(-2), ["erase.images", "erase.all"]);
  });

  it("a disclosure hands out the fields of its entry and no other (JIVO-10)", async () => {
    const { conversationId } = await writer();
    const draft = { conversationId, basis: "order", reason: "Court of Exeter, 12 C 34/26" };
    const unknown = { ...draft, fields: ["everything"] };
    assert.equal((await desk.admin.post(view("disclosures"), unknown)).status, 400);
    const entered = await desk.admin.post<DisclosureRow>(view("disclosures"), {
      ...draft,
      fields: ["photos", "name and e-mail"],
    });
    assert.equal(entered.body.single, true);
    const handed = await desk.admin.post<{ data: Record<string, unknown> }>(
      `${view("disclosures")}/${entered.body.id}/export`,
      {},
    );
    assert.deepEqual(Object.keys(handed.body.data), ["photos", "name and e-mail"]);
    assert.match(JSON.stringify(handed.body.data["photos"]), /"base64":"[^"]{100,}/);
  });
});
