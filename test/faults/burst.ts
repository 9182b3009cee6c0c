import { randomFillSync } from "node:crypto";
import { makeId, makeToken } from "../../shared/ids.js";
import { eventually } from "../support/eventually.js";
import type { ReliableClient } from "./reliable-client.js";
import type { Cluster } from "./start-cluster.js";

export interface Burst {
  senders: ReliableClient[];
  screens: { client: ReliableClient; conversations: string[] }[];
  conversations: string[];
  /** Waits until so many messages more are acknowledged. */
  acknowledged(more: number): Promise<void>;
  /** No more messages; what is under way goes on. */
  stop(): void;
}

interface BurstOptions {
  visitors?: number;
  everyMs?: number;
  /** Where everybody connects, instead of to the nodes. */
  urls?: string[];
}

const newId = () => makeId((bytes) => randomFillSync(bytes));

/**
 * Visitors on both nodes talk, each in two tabs on different nodes, and an operator on each node
 * answers. Every conversation has a screen on either side of every link.
 */
export async function startBurst(
  cluster: Pick<Cluster, "operator" | "visitor" | "random">,
  options: BurstOptions = {},
): Promise<Burst> {
  const { visitors = 3, everyMs = 40 } = options;
  const through = options.urls === undefined ? {} : { urls: options.urls };
  const operators = [
    cluster.operator({ ...through, first: 0 }),
    cluster.operator({ ...through, first: 1 }),
  ];
  const talks = Array.from({ length: visitors }, (_, at) => {
    const token = makeToken((bytes) => randomFillSync(bytes));
    const first: 0 | 1 = at % 2 === 0 ? 0 : 1;
    return {
      conversation: newId(),
      token,
      tab: cluster.visitor({ ...through, token, first }),
      second: null as ReliableClient | null,
    };
  });
  const conversations = talks.map(({ conversation }) => conversation);
  for (const { tab, conversation } of talks) tab.send(conversation, "first");
  await eventually(() => {
    if (talks.some(({ tab }) => tab.acknowledged.length === 0)) throw new Error("not begun");
    return Promise.resolve();
  }, 20_000);
  talks.forEach((talk, at) => {
    talk.second = cluster.visitor({ ...through, token: talk.token, first: at % 2 === 0 ? 1 : 0 });
  });
  const tabs = talks.flatMap(({ tab, second }) => (second === null ? [tab] : [tab, second]));
  await eventually(() => {
    if ([...operators, ...tabs].some((client) => !client.online())) throw new Error("not open");
    return Promise.resolve();
  }, 20_000);

  let count = 0;
  const timer = setInterval(() => {
    const talk = talks[Math.floor(cluster.random() * talks.length)];
    if (talk === undefined) return;
    const speakers = [talk.tab, talk.second ?? talk.tab, ...operators];
    const speaker = speakers[Math.floor(cluster.random() * speakers.length)] ?? talk.tab;
    speaker.send(talk.conversation, `message ${count}`);
    count += 1;
  }, everyMs);

  const senders = [...tabs, ...operators];
  const total = () => senders.reduce((sum, sender) => sum + sender.acknowledged.length, 0);
  return {
    senders,
    conversations,
    screens: [
      ...operators.map((client) => ({ client, conversations })),
      ...talks.flatMap(({ tab, second, conversation }) => [
        { client: tab, conversations: [conversation] },
        ...(second === null ? [] : [{ client: second, conversations: [conversation] }]),
      ]),
    ],
    async acknowledged(more) {
      const wanted = total() + more;
      await eventually(() => {
        if (total() < wanted) throw new Error("too few messages were acknowledged");
        return Promise.resolve();
      }, 30_000);
    },
    stop: () => clearInterval(timer),
  };
}
