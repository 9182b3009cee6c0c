import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import type { StoreReader } from "../support/read-store.js";
import { makePhoto } from "../support/make-photo.js";
import { newId, openPhotoDesk, type PhotoDesk } from "./open-photo-desk.js";

describe("a photo as the first thing that a visitor sends", () => {
  let desk: PhotoDesk;
  let store: StoreReader;
  let photo: Buffer;
  before(async () => {
    desk = await openPhotoDesk({ env: { RATE_START_VISITOR: "2/3600" } });
    store = await desk.app.openStore();
    photo = await makePhoto({ width: 64, height: 48 });
  });
  after(async () => {
    await store.close();
    await desk.stop();
  });

  const countBegun = () => Promise.all([store.count("visitors"), store.count("conversations")]);
  async function setAgeGate(gate: boolean): Promise<void> {
    const answer = await desk.admin.patch(paths.site(desk.siteId), { rules: { age: { gate } } });
    assert.equal(answer.status, 200);
  }

  it("begins visitor and conversation when it is taken, and neither when it is refused", async () => {
    const before = await countBegun();
    const visitor = desk.visitor();
    const refused = await visitor.upload(Buffer.from("not a photo"));
    assert.equal(refused.body.code, "IMAGE_UNSUPPORTED");
    assert.deepEqual(await countBegun(), before);
    assert.equal((await visitor.upload(photo)).status, 201);
    assert.deepEqual(
      await countBegun(),
      before.map((count) => count + 1),
    );
  });

  it("waits for the age question where the site asks it", async () => {
    await setAgeGate(true);
    try {
      const before = await countBegun();
      const visitor = desk.visitor();
      const refused = await visitor.upload(photo);
      assert.deepEqual([refused.status, refused.body.code], [403, "CONSENT_REFUSED"]);
      assert.deepEqual(await countBegun(), before);
      assert.equal((await visitor.upload(photo, { ofAge: "1" })).status, 201);
      assert.equal((await visitor.upload(photo)).status, 201, "in a conversation that is begun");
    } finally {
      await setAgeGate(false);
    }
  });

  it("counts as a start for each new conversation, also of a visitor who is known", async () => {
    const visitor = desk.visitor();
    const other = newId();
    const twice = await Promise.all([visitor.upload(photo), visitor.upload(photo)]);
    assert.deepEqual(
      twice.map(({ status }) => status),
      [201, 201],
      "two photos of one conversation are one start",
    );
    assert.equal((await visitor.upload(photo, { conversationId: other })).status, 201);
    const before = await countBegun();
    const refused = await visitor.upload(photo, { conversationId: newId() });
    assert.equal(refused.body.code, "RATE_LIMITED");
    assert.ok((refused.body.retryAfter ?? 0) > 0);
    assert.deepEqual(await countBegun(), before);
    assert.equal((await visitor.upload(photo, { conversationId: other })).status, 201);
  });
});
