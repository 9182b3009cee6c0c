import { randomFillSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { io, type Socket } from "socket.io-client";
import { makeId, makeToken } from "../shared/ids.js";
import { PROTOCOL_VERSION, SOCKET_PATH } from "../shared/protocol.js";

/** A server under load: ours, or the raw relay, which ignores what it does not know. */
export interface Target {
  url: string;
  pids: number[];
  site: string;
  operator: { cookie: string; origin: string };
}

export interface Talk {
  token: string;
  conversation: string;
  visitor: Socket;
}

export const newId = () => makeId((bytes) => randomFillSync(bytes));
const newToken = () => makeToken((bytes) => randomFillSync(bytes));

/** CPU seconds of processes so far, all threads, by Linux' own count (100 ticks a second). */
export function cpuSeconds(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

/** Resident bytes of processes. */
export function residentBytes(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return sum + Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  }, 0);
}

const common = {
  path: SOCKET_PATH,
  transports: ["websocket"],
  forceNew: true,
  reconnection: false,
};

function visitorSocket(target: Target, token: string): Socket {
  return io(`${target.url}/visitor`, {
    ...common,
    query: { site: target.site, v: String(PROTOCOL_VERSION) },
    auth: { token },
    extraHeaders: { "sec-fetch-site": "same-origin" },
  });
}

export function operatorSocket(target: Target): Socket {
  return io(`${target.url}/operator`, { ...common, extraHeaders: { ...target.operator } });
}

export async function opened(sockets: Socket[]): Promise<void> {
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          if (socket.connected) resolve();
          socket.once("connect", resolve);
          socket.once("connect_error", reject);
        }),
    ),
  );
}

/** Visitors who are there and say nothing. All at once: nobody waits for anybody. */
export async function openIdle(target: Target, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => visitorSocket(target, newToken()));
  await opened(sockets);
  return sockets;
}

/** Visitors, each with a conversation that has begun. */
export async function openTalks(target: Target, count: number): Promise<Talk[]> {
  const talks = Array.from({ length: count }, () => {
    const token = newToken();
    return { token, conversation: newId(), visitor: visitorSocket(target, token) };
  });
  await opened(talks.map(({ visitor }) => visitor));
  await Promise.all(talks.map((talk) => say(talk.visitor, talk)));
  return talks;
}

/** One message, until its acknowledgement; throws on a refusal. */
export async function say(speaker: Socket, talk: Talk): Promise<void> {
  const reply: unknown = await speaker.timeout(30_000).emitWithAck("message:send", {
    conversationId: talk.conversation,
    clientId: newId(),
    text: "A line as people write it, of some sixty characters or so.",
    attachmentIds: [],
    to: talk.token,
  });
  if (typeof reply !== "object" || reply === null || !("ok" in reply) || reply.ok !== true)
    throw new Error(`refused: ${JSON.stringify(reply)}`);
}

export interface Flood {
  acknowledged: number;
  seconds: number;
  cpuPerMessage: number;
}

/** Both sides talk as fast as they are answered, so many messages under way at once. */
export async function flood(
  target: Target,
  talks: Talk[],
  operators: Socket[],
  seconds: number,
): Promise<Flood> {
  let acknowledged = 0;
  const started = performance.now();
  const before = cpuSeconds(target.pids);
  const until = started + seconds * 1000;
  await Promise.all(
    talks.map(async (talk, at) => {
      const operator = operators[at % operators.length];
      while (performance.now() < until) {
        await say(talk.visitor, talk);
        if (operator !== undefined) await say(operator, talk);
        acknowledged += operator === undefined ? 1 : 2;
      }
    }),
  );
  return {
    acknowledged,
    seconds: (performance.now() - started) / 1000,
    cpuPerMessage: (cpuSeconds(target.pids) - before) / acknowledged,
  };
}

/** So many messages a second, each timed from when it should have left; milliseconds, sorted. */
export async function paced(talks: Talk[], perSecond: number, seconds: number): Promise<number[]> {
  const times: number[] = [];
  const pending: Promise<void>[] = [];
  const started = performance.now();
  for (let sent = 0; sent < perSecond * seconds;) {
    const due = Math.min(
      perSecond * seconds,
      Math.floor(((performance.now() - started) / 1000) * perSecond),
    );
    for (; sent < due; sent += 1) {
      const talk = talks[sent % talks.length];
      if (talk === undefined) continue;
      const left = started + (sent / perSecond) * 1000;
      pending.push(
        say(talk.visitor, talk).then(() => {
          times.push(performance.now() - left);
        }),
      );
    }
    await new Promise(setImmediate);
  }
  await Promise.all(pending);
  return times.sort((a, b) => a - b);
}

export function close(sockets: Socket[]): void {
  for (const socket of sockets) socket.disconnect();
}
