import { fork } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { io, type Socket } from "socket.io-client";
import { makeId, makeOrderedId, makeToken } from "../shared/ids.js";
import { PROTOCOL_VERSION, SOCKET_PATH } from "../shared/protocol.js";
import { median } from "./median.js";

/** A server under load: ours, or the raw relay, which ignores what it does not know. */
export interface Target {
  url: string;
  pids: number[];
  site: string;
  operator: { cookie: string; origin: string };
}

interface Talk {
  token: string;
  conversation: string;
  visitor: Socket;
}

const newId = () => makeId((bytes) => randomFillSync(bytes));
const newClientId = () => makeOrderedId((bytes) => randomFillSync(bytes), Date.now());
const newToken = () => makeToken((bytes) => randomFillSync(bytes));

/** CPU seconds of processes so far, all threads, by Linux' own count (100 ticks a second). */
function cpuSeconds(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

/** Resident bytes of processes. */
function residentBytes(pids: number[]): number {
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

function operatorSocket(target: Target): Socket {
  return io(`${target.url}/operator`, { ...common, extraHeaders: { ...target.operator } });
}

/** Seconds after which a refused socket may come back; null where it was not told so. */
function retryAfterOf(error: Error & { data?: unknown }): number | null {
  const { data } = error;
  if (typeof data !== "object" || data === null || !("retryAfter" in data)) return null;
  return typeof data.retryAfter === "number" ? data.retryAfter : null;
}

async function opened(sockets: Socket[]): Promise<void> {
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          if (socket.connected) resolve();
          socket.once("connect", resolve);
          socket.on("connect_error", (error) => {
            if (retryAfterOf(error) === null) reject(error);
          });
        }),
    ),
  );
}

/** Connections that may wait for the server to take them: half of what the system allows (somaxconn). */
const MOST_KNOCKING = 2000;

/**
 * Visitors who are there and say nothing; they come evenly over so many seconds. With 0 all at once, as
 * fast as the system's queue of connections takes them: one that is full drops the rest, and then its
 * timers are measured (1 s, 3 s, 7 s). Nobody waits to be admitted before the next one knocks. Who is told
 * to come back does so after just that time, as our panel does, but for its jitter.
 */
export async function openIdle(target: Target, count: number, seconds: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  const opening: Promise<void>[] = [];
  const started = performance.now();
  const due = () =>
    seconds === 0
      ? count
      : Math.min(count, (count * (performance.now() - started)) / seconds / 1000);
  let knocking = 0;
  while (sockets.length < count) {
    while (sockets.length < due() && knocking < MOST_KNOCKING) {
      const socket = visitorSocket(target, newToken());
      knocking += 1;
      socket.io.once("open", () => {
        knocking -= 1;
      });
      socket.on("connect_error", (error) => {
        const seconds = retryAfterOf(error);
        if (seconds !== null) setTimeout(() => socket.connect(), seconds * 1000);
      });
      sockets.push(socket);
      opening.push(opened([socket]));
    }
    await (seconds === 0 ? new Promise(setImmediate) : sleep(1));
  }
  await Promise.all(opening);
  return sockets;
}

/** Visitors, each with a conversation that has begun. */
async function openTalks(target: Target, count: number): Promise<Talk[]> {
  const talks = Array.from({ length: count }, () => {
    const token = newToken();
    return { token, conversation: newId(), visitor: visitorSocket(target, token) };
  });
  await opened(talks.map(({ visitor }) => visitor));
  await Promise.all(talks.map((talk) => say(talk.visitor, talk)));
  return talks;
}

/** One message, until its acknowledgement; throws on a refusal. */
async function say(speaker: Socket, talk: Talk): Promise<void> {
  const reply: unknown = await speaker.timeout(30_000).emitWithAck("message:send", {
    conversationId: talk.conversation,
    clientId: newClientId(),
    text: "A line as people write it, of some sixty characters or so.",
    attachmentIds: [],
    to: talk.token,
  });
  if (typeof reply !== "object" || reply === null || !("ok" in reply) || reply.ok !== true)
    throw new Error(`refused: ${JSON.stringify(reply)}`);
}

export interface Flood {
  perSecond: number;
  /** Of the server's CPU, all threads. */
  perCpuSecond: number;
}

/** Windows of a measurement, whose median counts. */
const WINDOWS = 5;
/** More where one moment of a shared machine decides: 50 ms of 5 s are the hundredth that p99 leaves out. */
const PACED_WINDOWS = 9;
/** Until the compiler has seen enough of it: both sides get the same. */
const WARM_SECONDS = 12;
/** Until what the flood left behind is cleared away. */
const WARM_PACED_SECONDS = 10;
/** How often the server asks each socket for a sign of life (Engine.IO's `pingInterval`). */
const HEARTBEAT_SECONDS = 25;

/**
 * Both sides of conversations talk as fast as they are answered: so many messages are under way. The targets
 * take turns, and each figure is the median of its windows: what disturbs the machine disturbs them all.
 */
export async function measureFloods(
  targets: Target[],
  options: { talks: number; operators: number; seconds: number },
): Promise<Flood[]> {
  const sides = await Promise.all(
    targets.map(async (target) => {
      const operators = Array.from({ length: options.operators }, () => operatorSocket(target));
      await opened(operators);
      const talks = await openTalks(target, options.talks);
      return { target, operators, talks, floods: [] as Flood[] };
    }),
  );
  for (const { target, talks, operators } of sides)
    await flood(target, talks, operators, WARM_SECONDS);
  for (let window = 0; window < WINDOWS; window += 1)
    for (const { target, talks, operators, floods } of sides)
      floods.push(await flood(target, talks, operators, options.seconds));
  for (const { operators, talks } of sides)
    close([...operators, ...talks.map(({ visitor }) => visitor)]);
  return sides.map(({ floods }) => ({
    perSecond: median(floods.map(({ perSecond }) => perSecond)),
    perCpuSecond: median(floods.map(({ perCpuSecond }) => perCpuSecond)),
  }));
}

export async function measureFlood(
  target: Target,
  options: { talks: number; operators: number; seconds: number },
): Promise<Flood> {
  const [flooded] = await measureFloods([target], options);
  if (flooded === undefined) throw new Error("nothing was measured");
  return flooded;
}

async function flood(
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
    perSecond: acknowledged / ((performance.now() - started) / 1000),
    perCpuSecond: acknowledged / (cpuSeconds(target.pids) - before),
  };
}

export interface Crowd {
  /** From the first handshake until the last visitor is in; and the server's CPU for it. */
  stormSeconds: number;
  stormCpuSeconds: number;
  /** Resident memory that came with them. */
  bytesEach: number;
  /**
   * Of messages at a fixed rate while the crowd is there, milliseconds; 0 where none were sent. Each is the
   * median of several windows: a shared disk that stalls for a moment decides one of them.
   */
  p50: number;
  p99: number;
}

/** Visitors of the warm-up: so many that the compiler has seen enough of a handshake. */
const WARM_CROWD = 1000;

/**
 * A crowd comes at once. Then it comes again, evenly over one interval of the heartbeat, and stays idle while
 * others talk, 1,000 messages a second: of those who came at once the heartbeats, too, would come at once.
 */
export async function measureCrowd(
  target: Target,
  options: { idle: number; seconds: number },
): Promise<Crowd> {
  const crowd = startCrowd(target);
  try {
    await crowd.open(Math.min(WARM_CROWD, options.idle));
    await crowd.leave();
    const memory = residentBytes(target.pids);
    const cpu = cpuSeconds(target.pids);
    const stormSeconds = await crowd.open(options.idle);
    const storm = {
      stormSeconds,
      stormCpuSeconds: cpuSeconds(target.pids) - cpu,
      bytesEach: (residentBytes(target.pids) - memory) / options.idle,
    };
    if (options.seconds === 0) return { ...storm, p50: 0, p99: 0 };
    await crowd.leave();
    await crowd.open(options.idle, HEARTBEAT_SECONDS);
    return { ...storm, ...(await timeMessages(target, options.seconds)) };
  } finally {
    crowd.end();
  }
}

/** The crowd's process. */
function startCrowd(target: Target) {
  const child = fork(fileURLToPath(new URL("./chat-crowd.js", import.meta.url)), {
    // A priority is that of one thread.
    execArgv: ["--single-threaded-gc"],
  });
  /** Answers how many seconds it took. */
  async function order(count: number, seconds: number): Promise<number> {
    child.send({ target, count, seconds });
    const replies: unknown = await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => Promise.reject(new Error("the crowd's process ended"))),
    ]);
    const reply: unknown = Array.isArray(replies) ? replies[0] : null;
    if (typeof reply !== "object" || reply === null || !("seconds" in reply))
      throw new Error("the crowd's process said something else");
    return Number(reply.seconds);
  }
  return {
    /** Seconds until so many sockets were open, which come evenly over `seconds`, or at once. */
    open: (count: number, seconds = 0) => order(count, seconds),
    leave: () => order(0, 0),
    end: () => void child.kill("SIGKILL"),
  };
}

/** Messages at 1,000 a second, measured when both sides have talked as fast as they can and then so. */
async function timeMessages(target: Target, seconds: number): Promise<Pick<Crowd, "p50" | "p99">> {
  const operators = [operatorSocket(target), operatorSocket(target)];
  await opened(operators);
  const talks = await openTalks(target, 64);
  await flood(target, talks, operators, WARM_SECONDS);
  await paced(talks, 1000, WARM_PACED_SECONDS);
  const windows: number[][] = [];
  while (windows.length < PACED_WINDOWS) windows.push(await paced(talks, 1000, seconds));
  close([...operators, ...talks.map(({ visitor }) => visitor)]);
  const ofWindows = (share: number) => median(windows.map((times) => at(times, share)));
  return { p50: ofWindows(0.5), p99: ofWindows(0.99) };
}

const at = (sorted: number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;

/** So many messages a second, each timed from when it should have left; milliseconds, sorted. */
async function paced(talks: Talk[], perSecond: number, seconds: number): Promise<number[]> {
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
    // Asleep, not spinning: a core that the generator takes is one that a server with threads lacks.
    await sleep(1);
  }
  await Promise.all(pending);
  return times.sort((a, b) => a - b);
}

export function close(sockets: Socket[]): void {
  for (const socket of sockets) socket.disconnect();
}
