import assert from "node:assert/strict";
import type { StoredMessage } from "../../server/messages/message-store.js";
import { presentToAll } from "../../server/messages/present-message.js";
import {
  connected,
  cut,
  draft,
  newId,
  startChat,
  value,
  type OperatorClient,
} from "./start-chat.js";

/** A reader whose machine takes nothing from the link any more. */
function stall(client: OperatorClient): void {
  const transport = client.io.engine.transport as unknown as { ws: { pause(): void } };
  transport.ws.pause();
}

describe("a reader that is slower than what is sent to it", () => {
  it("is cut at a bounded number of bytes, keeps nobody else waiting, and catches up by its cursor", async () => {
    const chat = await startChat();
    try {
      const visitor = await chat.openVisitor();
      const conversationId = newId();
      const sent = await value(visitor.emitWithAck("message:send", draft(conversationId, "first")));
      const [slow, quick] = [await chat.openOperator(), await chat.openOperator("operator-otto")];
      let heard = 0;
      quick.on("message:sent", () => (heard += 1));
      const gone = cut(slow);
      stall(slow);
      const ends = { conversation: conversationId, site: chat.site.id, clientId: newId() };
      const line: StoredMessage = {
        ...ends,
        seq: 2,
        author: "v",
        authorName: "",
        text: "x".repeat(4000),
        attachments: [],
        sentAt: sent.sentAt,
        revision: 0,
        visitorMessages: 2,
        waitingSince: null,
      };
      const shownTo = presentToAll(line, () => assert.fail("there is no photo"));
      const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
      let published = 0;
      const isCut = () => chat.connections() < 3;
      while (!isCut() && published < 50_000) {
        for (let at = 0; at < 50; at += 1) chat.publish.messageSent("nobody", line, shownTo);
        published += 50;
        await new Promise(setImmediate);
      }
      assert.ok(isCut(), `not cut after ${published} messages of 4 KB`);
      const after = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
      assert.ok(after - before < 100_000_000);
      slow.disconnect();
      await gone;
      while (heard < published) await new Promise(setImmediate);
      await value(visitor.emitWithAck("message:send", draft(conversationId, "second")));
      const back = await connected(chat.operatorSocket());
      const page = await value(
        back.emitWithAck("messages:list", { conversationId, afterSeq: 1, afterRevision: 0 }),
      );
      assert.deepEqual(
        page.messages.map(({ text }) => text),
        ["second"],
      );
    } finally {
      await chat.stop();
    }
  });
});
