import assert from "node:assert/strict";
import { createAttachmentStore } from "../../server/attachments/attachment-store.js";
import { createBlobStore } from "../../server/attachments/blob-store.js";
import { claimAttachments } from "../../server/attachments/claim-attachments.js";
import { createOriginalStore } from "../../server/attachments/original-store.js";
import { sweepAttachments } from "../../server/attachments/sweep-attachments.js";
import { createMessageStore } from "../../server/messages/message-store.js";
import { newId } from "../realtime/start-chat.js";
import { openStore } from "../support/open-store.js";

const hour = 60 * 60 * 1000;

describe("a photo whose message was never stored", () => {
  const site = newId();
  const conversation = newId();
  const clock = { time: 1_700_000_000_000, now: () => clock.time };
  let store: Awaited<ReturnType<typeof openStore>>;
  let parts: Awaited<ReturnType<typeof open>>;
  async function open() {
    store = await openStore();
    const db = store.connection;
    const attachments = createAttachmentStore(db);
    const [originals, blobs, messages] = [
      createOriginalStore(db),
      createBlobStore(db),
      createMessageStore(store),
    ];
    await store.createIndexes();
    const hasMessage = (of: string, clientId: string) => messages.has(of, clientId);
    return { attachments, originals, blobs, messages, clock, hasMessage };
  }
  beforeEach(async () => {
    parts = await open();
  });
  afterEach(() => store.close());

  async function upload(): Promise<string> {
    const id = newId();
    const file = parts.blobs.makeId();
    await parts.blobs.put(file, site, Buffer.from("bytes"));
    await parts.attachments.createOnce({
      ...{ id, site, conversation, uploader: "v:somebody", clientId: newId() },
      ...{ message: null, ready: true, width: 1, height: 1, placeholder: "AA==", avif: null },
      ...{ bytesIn: 5, bytesOut: 5, locationRemoved: false, altText: "" },
      renditions: [{ name: "full", file, width: 1, height: 1, bytes: 5, mime: "image/webp" }],
      createdAt: clock.now(),
    });
    return id;
  }

  const claim = (id: string, clientId: string) =>
    claimAttachments(parts, {
      ...{ site, conversationId: conversation, clientId },
      ...{ ids: [id], uploader: "v:somebody" },
    });

  const sendWith = (clientId: string) =>
    parts.messages.insert({
      ...{ id: newId(), site, conversation, seq: 1, author: "v", authorName: "", clientId },
      ...{ text: "", attachments: [], sentAt: clock.now(), revision: 0 },
      ...{ visitorMessages: 1, waitingSince: null },
    });

  it("is deleted an hour after its claim, and the one that was sent stays", async () => {
    const [lost, sent] = [await upload(), await upload()];
    const [gaveUp, said] = [newId(), newId()];
    await claim(lost, gaveUp);
    await claim(sent, said);
    await sendWith(said);
    await sweepAttachments(parts);
    assert.ok(await parts.attachments.find(lost), "it may still be sent");
    clock.time += hour + 1;
    assert.deepEqual(await sweepAttachments(parts), { originals: 0, unnamed: 1 });
    assert.equal(await parts.attachments.find(lost), null);
    await assert.rejects(claim(lost, gaveUp), { code: "UNKNOWN_ATTACHMENT" });
    // Looked at once and for all; a repeat of the message finds its photo.
    clock.time += 100 * hour;
    assert.equal((await claim(sent, said)).length, 1);
    await sweepAttachments(parts);
    clock.time += 2 * hour;
    await sweepAttachments(parts);
    assert.equal((await parts.attachments.find(sent))?.message, said);
  });

  it("may be claimed again by the same message until then, which begins the hour anew", async () => {
    const id = await upload();
    const clientId = newId();
    await claim(id, clientId);
    clock.time += hour - 1;
    await claim(id, clientId);
    clock.time += 2;
    assert.deepEqual(await sweepAttachments(parts), { originals: 0, unnamed: 0 });
    await assert.rejects(claim(id, newId()), { code: "UNKNOWN_ATTACHMENT" });
    await sendWith(clientId);
    clock.time += hour;
    await sweepAttachments(parts);
    assert.equal((await parts.attachments.find(id))?.message, clientId);
  });
});
