import { createAdapter } from "@socket.io/redis-streams-adapter";
import { createClient } from "redis";
import type { Server } from "socket.io";
import type { Log } from "./log.js";

/** Any command may take so long; then it has failed, whatever becomes of it. */
const DEADLINE_MS = 400;
/** After a missed deadline nothing is tried for so long: a hung Redis must not slow every message. */
const PAUSE_MS = 1000;
/** A connection on which nothing comes for so long is dead. The longest silence is a blocked read. */
const SILENCE_MS = 8000;
const BLOCKED_READ_MS = 3000;
/** Commands that may wait for an answer; what is beyond fails at once. */
const MOST_WAITING = 10_000;
/** Events that may wait for Redis to come back; later ones are dropped, since events are hints. */
const MOST_EVENTS = 1000;

/** The few commands that sharing needs. Each fails within `DEADLINE_MS` when Redis is away or hung. */
export interface SharedCommands {
  /** True when the key was not there; it is then held for so long. */
  claim(key: string, value: string, ms: number): Promise<boolean>;
  addMembers(key: string, members: string[]): Promise<void>;
  /** Says once more that a key is wanted for so long. */
  keep(key: string, ms: number): Promise<void>;
  /** How many of them were there: of several callers only one removes a member. */
  removeMembers(key: string, members: string[]): Promise<number>;
  /** Which of the members are in the set, in order. */
  areMembers(key: string, members: string[]): Promise<boolean[]>;
  members(key: string): Promise<string[]>;
  remove(key: string): Promise<void>;
  /** Sets a key that goes by itself, by Redis' clock. */
  hold(key: string, ms: number): Promise<void>;
  areThere(keys: string[]): Promise<boolean[]>;
}

export interface Redis {
  commands: SharedCommands;
  /** For rate-limiter-flexible: rejects at once while Redis is away. */
  limits: object;
  /** Socket.IO's adapter: events travel by a stream, and no local reader waits for Redis. */
  adapter: NonNullable<Parameters<Server["adapter"]>[0]>;
  /** Called when Redis answers again after an absence. */
  onReturn(listener: () => void): void;
  close(): Promise<void>;
}

/**
 * The only place that talks to Redis. The process lives without it: commands fail fast, events are
 * kept in a bounded queue, both clients reconnect for ever.
 */
export async function connectRedis(url: string, log: Log): Promise<Redis> {
  const returned: (() => void)[] = [];
  const common = {
    url,
    // The adapter reads replies in the older form.
    RESP: 2 as const,
    socket: {
      connectTimeout: 2000,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: (tries: number) => Math.random() * Math.min(1000, 50 * 2 ** tries),
    },
    pingInterval: 2000,
  };
  const client = createClient({
    ...common,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_WAITING,
  });
  const events = createClient({ ...common, commandsQueueMaxLength: MOST_EVENTS });

  let away = false;
  const lost = (error: unknown) => {
    if (!away) log.error({ err: error }, "Redis is away");
    away = true;
  };
  client.on("error", lost);
  events.on("error", lost);
  let telling = false;
  /** Once events that waited have left: with a full queue, what is told of the return would be dropped. */
  async function tellReturn(): Promise<void> {
    if (!away || telling) return;
    telling = true;
    let drained = false;
    while (client.isReady && !drained)
      drained = await events.ping().then(
        () => true,
        () => new Promise<false>((resolve) => setTimeout(() => resolve(false), 50)),
      );
    telling = false;
    // Lost again meanwhile: the next return is told.
    if (!drained || !client.isReady) return;
    away = false;
    log.warn("Redis is back");
    for (const listener of returned) listener();
  }
  client.on("ready", () => void tellReturn());
  /** An event that no other node will hear, though the link may have stood all the time: told as an absence is. */
  function dropped(error: unknown): void {
    lost(error);
    void tellReturn();
  }

  let pausedUntil = 0;
  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (!client.isReady || Date.now() < pausedUntil) throw new Error("Redis is away");
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        pausedUntil = Date.now() + PAUSE_MS;
        reject(new Error("Redis does not answer"));
      }, DEADLINE_MS);
    });
    try {
      return await Promise.race([work(), deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  const opening = Promise.all([client.connect(), events.connect()]);
  opening.catch(lost);
  // A Redis that is not there yet is no reason not to start.
  await Promise.race([opening, new Promise((resolve) => setTimeout(resolve, 2000))]);

  return {
    commands: {
      async claim(key, value, ms) {
        const answer = await run(() =>
          client.set(key, value, {
            condition: "NX",
            expiration: { type: "PX", value: ms },
          }),
        );
        return answer !== null;
      },
      async addMembers(key, members) {
        await run(() => client.sAdd(key, members));
      },
      removeMembers: (key, members) => run(() => client.sRem(key, members)),
      async keep(key, ms) {
        await run(() => client.pExpire(key, ms));
      },
      async areMembers(key, members) {
        const answers = await run(() => client.smIsMember(key, members));
        return answers.map((answer) => answer === 1);
      },
      members: (key) => run(() => client.sMembers(key)),
      async remove(key) {
        await run(() => client.del(key));
      },
      async hold(key, ms) {
        await run(() => client.set(key, "1", { expiration: { type: "PX", value: ms } }));
      },
      areThere: (keys) =>
        run(async () => {
          const answers = await Promise.all(keys.map((key) => client.exists(key)));
          return answers.map((answer) => answer === 1);
        }),
    },
    limits: {
      get isReady() {
        return client.isReady && Date.now() >= pausedUntil;
      },
      eval: (script: string, options: { keys: string[]; arguments: string[] }) =>
        run(() => client.eval(script, options)),
    },
    adapter: createAdapter(withoutWaiting(events, dropped), {
      streamName: "porchlight:events",
      channelPrefix: "porchlight",
      blockTimeInMs: BLOCKED_READ_MS,
      onlyPlaintext: true,
    }),
    onReturn: (listener) => void returned.push(listener),
    async close() {
      await Promise.allSettled([close(client), close(events)]);
    },
  };
}

interface Closable {
  isOpen: boolean;
  destroy(): void;
}

function close(client: Closable): Promise<void> {
  if (client.isOpen) client.destroy();
  return Promise.resolve();
}

/**
 * The adapter gives an event to this node's own readers only when Redis has answered for it. Here it
 * gets its answer at once: same-node chat never waits. `dropped` hears why Redis did not take one.
 */
function withoutWaiting<Client extends { xAdd(...args: never[]): Promise<unknown> }>(
  client: Client,
  dropped: (error: unknown) => void,
): Client {
  const xAdd = client.xAdd.bind(client);
  return Object.assign(client, {
    xAdd: (...args: never[]) => {
      xAdd(...args).catch(dropped);
      return Promise.resolve("");
    },
  });
}
