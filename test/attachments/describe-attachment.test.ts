import assert from "node:assert/strict";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import type { Attachment } from "../../shared/wire.js";
import { makePhoto } from "../support/make-photo.js";
import { openPhotoDesk, type PhotoDesk } from "./open-photo-desk.js";

describe("words for an operator's photo", () => {
  let desk: PhotoDesk;
  let photo: Buffer;
  before(async () => {
    desk = await openPhotoDesk();
    photo = await makePhoto({ width: 320, height: 240 });
  });
  after(() => desk.stop());

  const describePhoto = (id: string, altText: string) =>
    desk.admin.post<Attachment & { code: string }>(paths.attachmentDescription(id), { altText });

  it("may be written after the upload, and changed, as long as no message carries it", async () => {
    const visitor = desk.visitor();
    const theirs = (await visitor.upload(photo)).body;
    const { body } = await desk.uploadAsOperator(visitor.conversationId, photo);
    assert.equal((await describePhoto(body.id, "A hinge")).body.altText, "A hinge");
    const { status, body: changed } = await describePhoto(body.id, "The hinge, from below");
    assert.deepEqual([status, changed.altText], [200, "The hinge, from below"]);
    assert.equal(changed.renditions.length, 2);
    const store = await desk.app.openStore();
    const [stored] = await store.find("attachments", { _id: body.id });
    await store.close();
    assert.equal(stored?.["altText"], "The hinge, from below");

    const refused = await describePhoto(theirs.id, "Not ours");
    assert.deepEqual([refused.status, refused.body.code], [404, "UNKNOWN_ATTACHMENT"]);
    const unknown = await describePhoto("AAAAAAAAAAAAAAAAAAAAAA", "Nobody's");
    assert.equal(unknown.body.code, "UNKNOWN_ATTACHMENT");
    const long = await describePhoto(body.id, "x".repeat(limits.altText + 1));
    assert.equal(long.status, 400);
  });

  it("no longer change once a message carries the photo", async () => {
    const visitor = desk.visitor();
    const { body } = await visitor.upload(photo, { altText: "Mine" });
    assert.ok((await visitor.send([body.id])).ok);
    assert.equal((await describePhoto(body.id, "Late")).status, 404);
    const store = await desk.app.openStore();
    const [stored] = await store.find("attachments", { _id: body.id });
    await store.close();
    assert.equal(stored?.["altText"], "Mine");
  });

  it("are for signed-in operators only", async () => {
    const { body } = await desk.uploadAsOperator(await begun(), photo);
    const response = await fetch(desk.app.url + paths.attachmentDescription(body.id), {
      method: "POST",
      headers: { origin: desk.app.url, "content-type": "application/json" },
      body: JSON.stringify({ altText: "Somebody's" }),
    });
    assert.equal(response.status, 401);
  });

  /** A conversation that a visitor has begun. */
  async function begun(): Promise<string> {
    const visitor = desk.visitor();
    await visitor.upload(photo);
    return visitor.conversationId;
  }
});
