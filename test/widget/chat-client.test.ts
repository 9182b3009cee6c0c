import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { makeChatClient, type ChatClient } from "../../widget/state/chat-client.js";
import { hiddenMs } from "../../widget/state/keep-connection.js";
import type { Outbox } from "../../widget/state/outbox.js";
import { RequestFailure } from "../../widget/net/server-requests.js";
import { FakeServer, FakeTime, settle } from "./fake-server.js";

interface Uploaded {
  clientId: string;
  altText: string;
}

describe("the chat client", () => {
  let time: FakeTime;
  let server: FakeServer;
  let chat: ChatClient;
  let cookie: string;
  let begun: number;
  let revoked: number;
  let outdated: number;
  let saved: Outbox;
  let uploads: Uploaded[];
  let uploadFails: RequestFailure[];

  beforeEach(() => {
    time = new FakeTime();
    cookie = "token-1";
    begun = revoked = outdated = 0;
    saved = [];
    uploads = [];
    uploadFails = [];
    server = new FakeServer(time, () => cookie);
    chat = makeChatClient({
      makeLink: (listener) => server.link(listener),
      upload: (upload) => {
        uploads.push(upload);
        const failure = uploadFails.shift();
        return failure
          ? Promise.reject(failure)
          : Promise.resolve({ id: `attachment of ${upload.clientId}` });
      },
      storage: {
        save: (outbox) => (saved = outbox),
        load: () => Promise.resolve([]),
        erase: () => {},
        keeps: () => false,
      },
      timing: time,
      random: webcrypto as Crypto,
      token: () => cookie,
      begin: () => (begun += 1),
      stored: () => {},
      consentNews: () => {},
      revoked: () => (revoked += 1),
      outdated: () => (outdated += 1),
    });
  });

  const open = async (): Promise<void> => {
    chat.connection.want();
    await settle();
  };
  const shown = () => chat.state.timeline.value?.messages.map((one) => one.text) ?? [];
  const waiting = () => chat.state.outbox.value.map((one) => [one.text, one.state]);
  const texts = () => server.stored.map((one) => one.text);
  const photo = (clientId: string) => ({
    clientId,
    name: "a.jpg",
    file: new Blob(["x"]),
    width: 1,
    height: 1,
    altText: "a door",
    attachmentId: null,
  });

  it("opening the panel sends nothing and keeps nothing", async () => {
    await open();
    assert.deepEqual([begun, server.drafts.length, saved.length], [0, 0, 0]);
    assert.equal(chat.state.presence.value?.operatorsOnline, true);
  });

  it("sends in order, one at a time, and shows what the server stored", async () => {
    await open();
    for (const text of ["one", "two", "three"]) chat.send(text, []);
    await settle();
    assert.deepEqual(texts(), ["one", "two", "three"]);
    assert.deepEqual(shown(), ["one", "two", "three"]);
    assert.deepEqual(waiting(), []);
    assert.ok(begun > 0);
    const conversations = new Set(server.drafts.map((draft) => draft.conversationId));
    assert.equal(conversations.size, 1, "the first three share one new conversation");
  });

  it("begins a message's id with its time, so that the store keeps neighbours together, but no chat's", async () => {
    await open();
    chat.send("one", []);
    await settle();
    const [draft] = server.drafts;
    assert.ok(draft !== undefined);
    const secondsOf = (id: string) => Buffer.from(id, "base64url").readUInt32BE(0);
    assert.equal(secondsOf(draft.clientId), Math.floor(time.at / 1000));
    assert.notEqual(secondsOf(draft.conversationId), Math.floor(time.at / 1000));
  });

  it("keeps what is written off line and sends it, once, when the link is there", async () => {
    server.up = false;
    await open();
    chat.send("one", []);
    chat.send("two", []);
    await settle();
    assert.deepEqual(waiting(), [
      ["one", "waiting"],
      ["two", "waiting"],
    ]);
    assert.equal(saved.length, 2, "storage is told");
    server.up = true;
    await time.move(60_000);
    assert.deepEqual(texts(), ["one", "two"]);
    assert.deepEqual(shown(), ["one", "two"]);
  });

  it("a lost answer makes no second message", async () => {
    await open();
    server.faults = ["lost answer"];
    chat.send("one", []);
    await settle();
    assert.deepEqual(waiting(), [["one", "waiting"]]);
    await time.move(60_000);
    assert.equal(server.drafts.length, 2);
    assert.equal(server.drafts[0]?.clientId, server.drafts[1]?.clientId);
    assert.deepEqual(texts(), ["one"]);
    assert.deepEqual(shown(), ["one"]);
  });

  it("holds a message that twice cut the link, sends the next, and tries it again when told", async () => {
    await open();
    server.faults = ["cut", "cut"];
    chat.send("too big for the frame", []);
    chat.send("small", []);
    await time.move(120_000);
    assert.deepEqual(texts(), ["small"]);
    assert.deepEqual(waiting(), [["too big for the frame", "failed"]]);
    chat.retry(chat.state.outbox.value[0]?.clientId ?? "");
    await settle();
    assert.deepEqual(texts(), ["small", "too big for the frame"]);
  });

  it("shows a refused message as failed and goes on; removing it takes it away", async () => {
    await open();
    server.refusal = { ok: false, code: "TEXT_TOO_LONG", message: "too long" };
    chat.send("long", []);
    await settle();
    assert.deepEqual(waiting(), [["long", "failed"]]);
    server.refusal = null;
    chat.send("short", []);
    await settle();
    assert.deepEqual(texts(), ["short"]);
    chat.cancel(chat.state.outbox.value[0]?.clientId ?? "");
    assert.deepEqual(waiting(), []);
  });

  it("waits as long as the server says, and loses nothing by it", async () => {
    await open();
    server.refusal = { ok: false, code: "RATE_LIMITED", message: "slow down", retryAfter: 40 };
    chat.send("one", []);
    await settle();
    server.refusal = null;
    await time.move(39_000);
    assert.equal(server.drafts.length, 1);
    await time.move(2_000);
    assert.deepEqual(texts(), ["one"]);
  });

  it("keeps the outbox and asks for a fresh panel when it is outdated, in handshake and answer", async () => {
    await open();
    server.refusal = { ok: false, code: "CLIENT_OUTDATED", message: "" };
    chat.send("one", []);
    await settle();
    assert.deepEqual([outdated, waiting()], [1, [["one", "waiting"]]]);
    server.handshakeRefusal = { code: "CLIENT_OUTDATED", retryAfterMs: 0 };
    chat.connection.renew();
    await settle();
    assert.equal(outdated, 2);
    assert.deepEqual(waiting(), [["one", "waiting"]]);
  });

  it("begins a new conversation when the old one is gone for good", async () => {
    await open();
    chat.send("one", []);
    await settle();
    const old = server.conversationId ?? "";
    server.gone.add(old);
    server.conversationId = null;
    server.stored = [];
    chat.send("two", [photo("p1")]);
    await settle();
    assert.deepEqual(texts(), ["two"]);
    assert.notEqual(server.conversationId, old);
    assert.equal(uploads.length, 2, "the photo is uploaded for the new conversation");
    assert.notEqual(uploads[0]?.clientId, uploads[1]?.clientId);
  });

  it("catches up by its cursor after a gap, a reconnect and a sleep", async () => {
    await open();
    chat.send("one", []);
    await settle();
    server.operatorWrites("missed", false);
    server.operatorWrites("heard");
    await settle();
    assert.deepEqual(shown(), ["one", "missed", "heard"]);
    server.cut();
    server.operatorWrites("while away", false);
    await time.move(60_000);
    assert.deepEqual(shown(), ["one", "missed", "heard", "while away"]);
    server.operatorWrites("while asleep", false);
    await chat.catchUp();
    await settle();
    assert.equal(shown().at(-1), "while asleep");
  });

  for (const fault of ["lost answer", "STORE_UNAVAILABLE"] as const)
    it(`asks again after a gap whose question met ${fault}, though nothing else happens`, async () => {
      await open();
      chat.send("one", []);
      await settle();
      server.listFaults.push(fault, fault);
      server.operatorWrites("missed", false);
      server.operatorWrites("heard");
      await time.move(60_000);
      assert.deepEqual(shown(), ["one", "missed", "heard"]);
      assert.equal(chat.state.connection.value, "open");
      const asked = server.requests.length;
      await time.move(60_000);
      assert.equal(server.requests.length, asked, "nothing is asked without end");
    });

  it("gives the socket back after five hidden minutes and catches up when it is seen again", async () => {
    await open();
    chat.send("one", []);
    await settle();
    chat.connection.setHidden(true);
    await time.move(hiddenMs - 1);
    assert.equal(chat.state.connection.value, "open");
    await time.move(2);
    assert.equal(chat.state.connection.value, "idle");
    const opens = server.opens;
    server.operatorWrites("meanwhile", false);
    await time.move(600_000);
    assert.equal(server.opens, opens, "nobody looks, nothing reconnects");
    chat.connection.setHidden(false);
    await settle();
    assert.deepEqual(shown(), ["one", "meanwhile"]);
  });

  it("comes back at once when the network says so, not after the whole pause", async () => {
    server.up = false;
    await open();
    await time.move(120_000);
    server.up = true;
    chat.connection.nudge();
    await settle();
    assert.equal(chat.state.connection.value, "open");
  });

  it("goes on until its moment when the server stops, then connects again", async () => {
    await open();
    server.listener?.hear["server:stopping"]({ reconnectWithinMs: 5_000 });
    chat.send("still here", []);
    await settle();
    assert.deepEqual(texts(), ["still here"]);
    const opens = server.opens;
    await time.move(5_000);
    assert.equal(server.opens, opens + 1);
    assert.equal(chat.state.connection.value, "open");
  });

  it("takes the other tab's token before its own first message", async () => {
    await open();
    cookie = "token of the other tab";
    chat.send("one", []);
    await settle();
    assert.deepEqual(server.tokens, ["token-1", "token of the other tab"]);
    assert.deepEqual(texts(), ["one"]);
  });

  it("stops for good when the token was revoked or the origin refused", async () => {
    server.handshakeRefusal = { code: "TOKEN_REVOKED", retryAfterMs: 0 };
    await open();
    assert.equal(revoked, 1);
    await time.move(600_000);
    assert.equal(server.opens, 1);
    server.handshakeRefusal = { code: "ORIGIN_REFUSED", retryAfterMs: 0 };
    await open();
    assert.equal(chat.state.obstacle.value, "origin_refused");
  });

  it("counts unread answers until they are seen, and tells the server once", async () => {
    await open();
    chat.send("one", []);
    await settle();
    server.operatorWrites("answer");
    server.operatorWrites("and another");
    assert.equal(chat.state.unread.value, 2);
    chat.markRead();
    chat.markRead();
    await settle();
    assert.equal(chat.state.unread.value, 0);
    assert.equal(server.readByVisitor, 3);
  });

  it("says a name only when there is somebody to say it of", async () => {
    await open();
    chat.saveProfile({ name: "Bo", email: "" });
    await settle();
    assert.deepEqual(server.profiles, []);
    chat.send("one", []);
    await settle();
    assert.deepEqual(server.profiles, [{ name: "Bo", email: "" }]);
  });

  it("uploads a message's photos before it and names them; repeats only what failed", async () => {
    await open();
    uploadFails = [new RequestFailure("NETWORK", "")];
    chat.send("", [photo("p1"), photo("p2")]);
    chat.send("after the photos", []);
    await time.move(60_000);
    assert.deepEqual(
      server.drafts.map((draft) => draft.attachmentIds),
      [["attachment of p1", "attachment of p2"], []],
    );
    assert.ok(uploads.filter((upload) => upload.clientId === "p1").length === 2);
    assert.equal(uploads[0]?.altText, "a door");
  });

  it("shows a photo that the server refused as failed, and sends what follows", async () => {
    await open();
    uploadFails = [new RequestFailure("IMAGE_DAMAGED", "")];
    chat.send("", [photo("p1")]);
    chat.send("after", []);
    await settle();
    assert.deepEqual(texts(), ["after"]);
    assert.equal(chat.state.outbox.value[0]?.failure, "IMAGE_DAMAGED");
  });

  it("leaves no timer behind", async () => {
    await open();
    chat.connection.setHidden(true);
    chat.connection.destroy();
    await settle();
    assert.equal(time.pending, 0);
  });
});
