import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { Socket } from "node:net";
import { mongo } from "mongoose";
import { openStore, type OpenStore } from "../support/open-store.js";
import { eventually } from "../support/eventually.js";

/** The driver's sockets, as Node tells of them. */
function watchSockets() {
  const sockets: Socket[] = [];
  const note = (message: unknown) => {
    if (typeof message === "object" && message !== null && "socket" in message)
      if (message.socket instanceof Socket) sockets.push(message.socket);
  };
  diagnostics.subscribe("net.client.socket", note);
  return {
    /** As a server's end of each connection leaves them until "close" comes, later in the same turn. */
    end() {
      for (const socket of sockets) socket.destroy();
    },
    stop: () => diagnostics.unsubscribe("net.client.socket", note),
  };
}

describe("a store whose connections end in the turn in which it is asked", () => {
  let sockets: ReturnType<typeof watchSockets>;
  let store: OpenStore;
  beforeEach(async () => {
    sockets = watchSockets();
    store = await openStore();
  });
  afterEach(async () => {
    sockets.stop();
    await store.close();
  });

  it("a command under way fails as one whose connection was lost, and the next one is answered", async () => {
    const { db } = store.connection;
    assert.ok(db);
    for (let round = 0; round < 3; round += 1) {
      await db.command({ ping: 1 });
      sockets.end();
      await assert.rejects(db.command({ ping: 1 }), mongo.MongoNetworkError);
      // The driver looks at the server again, on a connection that had ended as well.
      await eventually(async () => {
        assert.equal((await db.command({ ping: 1 }))["ok"], 1);
      });
    }
  });

  it("a write that the socket had not taken yet fails, too", async () => {
    const { db } = store.connection;
    assert.ok(db);
    const large = db.command({ insert: "notes", documents: [{ text: "x".repeat(8_000_000) }] });
    await Promise.all([
      assert.rejects(large, mongo.MongoNetworkError),
      new Promise((resolve) => setImmediate(resolve)).then(() => sockets.end()),
    ]);
  });
});
