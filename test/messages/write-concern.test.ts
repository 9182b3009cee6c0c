import assert from "node:assert/strict";
import { createConversationStore } from "../../server/conversations/conversation-store.js";
import type { RunCommand } from "../../server/infra/mongo.js";
import { createMessageStore } from "../../server/messages/message-store.js";
import { newId } from "../realtime/start-chat.js";
import { openStore, type OpenStore } from "../support/open-store.js";

describe("what is acknowledged", () => {
  let store: OpenStore;
  const commands: Record<string, unknown>[] = [];

  before(async () => {
    store = await openStore();
  });
  after(() => store.close());

  /** The store's own line, overheard. */
  function openLine(): RunCommand {
    const run = store.openLine();
    return (command) => {
      commands.push(command);
      return run(command);
    };
  }

  it("is written with `w: majority`, journaled: messages, rows, and what goes through the driver", async () => {
    const overheard = { connection: store.connection, openLine };
    const messages = createMessageStore(overheard);
    const conversations = createConversationStore(overheard);
    const message = {
      ...{ site: newId(), conversation: newId(), seq: 1, author: "v" as const, authorName: "" },
      ...{ clientId: newId(), text: "kept", attachments: [], sentAt: 1, revision: 0 },
      ...{ visitorMessages: 1, waitingSince: 1 },
    };
    assert.equal(await messages.insert(message), "stored");
    conversations.noteMessage(
      {
        ...{ id: message.conversation, seq: 1, visitorSeq: 1, author: "visitor", text: "kept" },
        ...{ visitorMessages: 1, waitingSince: 1, lastPhotos: 0, lastAt: 1 },
        expireAt: new Date(2_000_000_000_000),
      },
      () => undefined,
    );
    await conversations.settle();
    const writes = commands.filter((command) => "insert" in command || "update" in command);
    assert.deepEqual(
      writes.map(({ writeConcern }) => writeConcern),
      Array(2).fill({ w: "majority", j: true }),
    );
    const { writeConcern } = store.connection.getClient().options;
    assert.deepEqual([writeConcern.w, writeConcern.journal], ["majority", true]);
  });
});
