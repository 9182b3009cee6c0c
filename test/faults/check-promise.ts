import assert from "node:assert/strict";
import { eventually } from "../support/eventually.js";
import type { StoreReader } from "../support/read-store.js";
import type { ReliableClient } from "./reliable-client.js";

/** Which conversations a client should show. */
export type Screens = { client: ReliableClient; conversations: string[] }[];

/** What a fault did to the promise: all but the first two must be 0. */
export interface Outcome {
  acknowledged: number;
  stored: number;
  lost: number;
  doubled: number;
  outOfOrder: number;
  /** From the moment that the fault was over until every screen showed all of it. */
  secondsToConverge: number;
}

/**
 * To be asked at the moment that a fault is over, while everybody goes on talking: seconds until all
 * that was sent until then is acknowledged and stands on every screen that should show it.
 */
export async function measureHealing(
  reader: StoreReader,
  senders: ReliableClient[],
  screens: Screens,
  withinMs: number,
): Promise<number> {
  const healed = Date.now();
  const conversations = [...new Set(screens.flatMap((screen) => screen.conversations))];
  const owed = senders.flatMap((sender) => [...sender.pending(), ...sender.acknowledged]);
  const stored = await reader.find("messages", { conversation: { $in: conversations } });
  const wanted = new Map(conversations.map((id) => [id, new Set<string>()]));
  for (const { conversationId, clientId } of owed) wanted.get(conversationId)?.add(clientId);
  for (const message of stored)
    wanted.get(String(message["conversation"]))?.add(String(message["clientId"]));
  await eventually(() => {
    const waiting = new Set(senders.flatMap((one) => one.pending().map((own) => own.clientId)));
    for (const { clientId } of owed) assert.ok(!waiting.has(clientId), "an outbox still waits");
    for (const { client, conversations: ids } of screens)
      for (const id of ids) {
        const shown = new Set(client.shown(id).map(({ clientId }) => clientId));
        const missing = [...(wanted.get(id) ?? [])].filter((clientId) => !shown.has(clientId));
        assert.equal(missing.length, 0, "a screen lacks what was sent before the fault was over");
      }
    return Promise.resolve();
  }, withinMs);
  return (Date.now() - healed) / 1000;
}

/**
 * Waits until every outbox is empty and every screen shows what is stored, then counts what the
 * promise forbids. `screens` says which conversations a client should show.
 */
export async function checkPromise(
  reader: StoreReader,
  senders: ReliableClient[],
  screens: Screens,
  withinMs: number,
): Promise<Outcome> {
  const healed = Date.now();
  const conversations = [...new Set(screens.flatMap((screen) => screen.conversations))];
  const read = async () => {
    const stored = await reader.find("messages", { conversation: { $in: conversations } });
    return stored
      .map((message) => ({
        conversation: String(message["conversation"]),
        seq: Number(message["seq"]),
        clientId: String(message["clientId"]),
      }))
      .sort((a, b) => a.seq - b.seq);
  };

  const stored = await eventually(async () => {
    for (const sender of senders) assert.equal(sender.waiting(), 0, "an outbox is not empty");
    const now = await read();
    for (const { client, conversations: ids } of screens)
      for (const id of ids)
        assert.deepEqual(
          client.shown(id).map(({ clientId }) => clientId),
          now.filter(({ conversation }) => conversation === id).map(({ clientId }) => clientId),
          "a screen does not show what is stored",
        );
    return now;
  }, withinMs);

  const acknowledged = senders.flatMap((sender) => sender.acknowledged);
  const places = new Map(stored.map((one) => [`${one.conversation} ${one.clientId}`, one.seq]));
  const lost = acknowledged.filter(
    ({ conversationId, clientId, seq }) => places.get(`${conversationId} ${clientId}`) !== seq,
  );
  let outOfOrder = 0;
  for (const id of conversations) {
    const seqs = stored.filter(({ conversation }) => conversation === id).map(({ seq }) => seq);
    outOfOrder += seqs.filter((seq, at) => seq !== at + 1).length;
  }
  for (const { client } of screens) outOfOrder += client.conflicts();
  for (const sender of senders)
    for (const id of conversations) {
      const own = sender.acknowledged.filter(({ conversationId }) => conversationId === id);
      outOfOrder += own.filter(({ seq }, at) => at > 0 && seq <= (own[at - 1]?.seq ?? 0)).length;
    }
  return {
    acknowledged: acknowledged.length,
    stored: stored.length,
    lost: lost.length,
    doubled: stored.length - places.size,
    outOfOrder,
    secondsToConverge: (Date.now() - healed) / 1000,
  };
}

/** Whether the promise was kept. */
export function keptPromise({ acknowledged, stored, ...outcome }: Outcome): boolean {
  const broken = outcome.lost + outcome.doubled + outcome.outOfOrder;
  return acknowledged > 0 && acknowledged <= stored && broken === 0;
}

export function assertKept(outcome: Outcome): void {
  assert.ok(outcome.acknowledged > 0, "nothing was acknowledged");
  assert.ok(outcome.acknowledged <= outcome.stored, "more was acknowledged than is stored");
  assert.deepEqual(
    { lost: outcome.lost, doubled: outcome.doubled, outOfOrder: outcome.outOfOrder },
    { lost: 0, doubled: 0, outOfOrder: 0 },
  );
}
