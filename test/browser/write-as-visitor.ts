import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import type { Ack } from "../../shared/error-codes.js";
import type { VisitorEvents, VisitorNews } from "../../shared/events.js";
import { makeId, makeToken } from "../../shared/ids.js";
import { PROTOCOL_VERSION, SOCKET_PATH, VISITOR_NAMESPACE } from "../../shared/protocol.js";
import type { Message } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";
import type { TestApp } from "../support/start-app.js";

/** A visitor of the demo shop over a real socket, for tests that look at the operator's side. */
export interface VisitorAtShop {
  conversationId: string;
  token: string;
  write(text: string): Promise<Message>;
  /** Waits until exactly these texts of operators have arrived, in this order. */
  hears(texts: string[]): Promise<void>;
  read(seq: number): void;
  type(on: boolean): void;
  leave(): void;
}

const newId = (): string => makeId((bytes) => randomFillSync(bytes));

export function visitShop(app: TestApp): VisitorAtShop {
  const token = makeToken((bytes) => randomFillSync(bytes));
  const socket: Socket<VisitorNews, VisitorEvents> = io(app.url + VISITOR_NAMESPACE, {
    path: SOCKET_PATH,
    transports: ["websocket"],
    forceNew: true,
    query: { site: app.demoKey, v: String(PROTOCOL_VERSION) },
    auth: { token },
    extraHeaders: { origin: app.demoUrl ?? "" },
  });
  const conversationId = newId();
  const heard: string[] = [];
  socket.on("message:sent", (message) => heard.push(message.text));
  return {
    conversationId,
    token,
    hears: (texts) =>
      eventually(() => {
        assert.deepEqual(heard, texts);
        return Promise.resolve();
      }),
    async write(text) {
      const draft = { conversationId, clientId: newId(), text, attachmentIds: [] };
      const reply = await new Promise<Ack<Message>>((resolve) =>
        socket.emit("message:send", draft, resolve),
      );
      assert.ok(reply.ok, JSON.stringify(reply));
      return reply.value;
    },
    read: (seq) => socket.emit("conversation:read", { conversationId, seq }, () => undefined),
    type: (on) => socket.emit("typing:set", { conversationId, on }, () => undefined),
    leave: () => socket.disconnect(),
  };
}
