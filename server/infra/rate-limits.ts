import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { refuse } from "../errors.js";
import { hmac, type Key } from "./keys.js";
import { householdOf } from "./networks.js";

/** Whom a limit counts: one may be counted in several ways at once. */
export type LimitScope = "visitor" | "address" | "site" | "account";

/** In the order in which they are counted. */
const scopes: LimitScope[] = ["address", "account", "visitor", "site"];

/** So many acts in so many seconds. */
export interface Rate {
  points: number;
  seconds: number;
}

type Table = Record<string, Partial<Record<LimitScope, Rate>>>;
const rate = (points: number, seconds: number): Rate => ({ points, seconds });

/** What each act may cost whom; every number is a setting (`RATE_SEND_VISITOR=30/60`). */
export const rateDefaults = {
  /** A site's visitors all come back at once when a server starts again: that is no flood. */
  connect: { address: rate(120, 60), site: rate(30_000, 60) },
  start: { visitor: rate(5, 3600), address: rate(30, 3600), site: rate(3000, 3600) },
  send: { visitor: rate(40, 60), address: rate(200, 60), site: rate(12_000, 60) },
  upload: { visitor: rate(10, 60), address: rate(40, 60), site: rate(1200, 60) },
  consent: { visitor: rate(30, 60), address: rate(120, 60), site: rate(6000, 60) },
  /** What a page tells as it closes, and counts of button presses. */
  dwell: { address: rate(600, 60), site: rate(60_000, 60) },
  /** Page views of one address; what comes beyond is answered all the same and not counted. */
  pixel: { address: rate(1200, 60) },
  telemetry: { address: rate(60, 60), site: rate(12_000, 60) },
  /** Operators' own acts: sending, reading, changing settings. */
  operate: { account: rate(600, 60) },
  setup: { address: rate(20, 900) },
  signIn: { address: rate(30, 900), account: rate(10, 900) },
  /** Against guessing from many addresses; high, because whoever reaches it locks the owner out. */
  signInAnywhere: { account: rate(200, 3600) },
  subscribe: { address: rate(10, 3600), account: rate(3, 3600), site: rate(1000, 3600) },
  /** Mailbox providers post one-click opt-outs for many people from few addresses. */
  unsubscribe: { address: rate(1200, 60) },
  privacy: { visitor: rate(10, 3600), address: rate(30, 3600), account: rate(5, 3600) },
} as const satisfies Table;

export type LimitName = keyof typeof rateDefaults;
export type Rates = Record<LimitName, Partial<Record<LimitScope, Rate>>>;

export interface RateLimits {
  /**
   * Counts one act against everybody named, the address first and the site last: what is refused to
   * one address costs the site's other visitors nothing.
   * @throws RATE_LIMITED with the seconds to wait.
   */
  consume(name: LimitName, who: Partial<Record<LimitScope, string>>): Promise<void>;
}

interface Limiter {
  scope: LimitScope;
  counter: RateLimiterMemory | RateLimiterRedis;
}

/** A Redis client as rate-limiter-flexible takes it; `infra/redis.ts` makes it. */
export type LimitRedis = object;

/**
 * Limits in memory, or in Redis where several nodes must count together; while Redis is away each
 * node counts for itself. Keys in Redis are HMACs, kept no longer than their window.
 */
export function createRateLimits(rates: Rates, key: Key, redis: LimitRedis | null): RateLimits {
  const limiters = new Map<string, Limiter[]>();
  for (const [name, ofName] of Object.entries(rates)) {
    const inOrder: Limiter[] = [];
    for (const scope of scopes) {
      const rate = ofName[scope];
      if (rate === undefined) continue;
      const options = { points: rate.points, duration: rate.seconds };
      // Each has a memory of its own: no name needs to tell its keys apart.
      const memory = new RateLimiterMemory({ ...options, keyPrefix: "" });
      const counter =
        redis === null
          ? memory
          : new RateLimiterRedis({
              ...options,
              keyPrefix: `${name}:${scope}`,
              storeClient: redis,
              useRedisPackage: true,
              rejectIfRedisNotReady: true,
              insuranceLimiter: memory,
            });
      inOrder.push({ scope, counter });
    }
    limiters.set(name, inOrder);
  }
  /** What leaves the process is an HMAC; a key that stays in its memory needs none. */
  const nameOf = (value: string) =>
    redis === null ? value : hmac(key, "rate-limit", value).toString("base64url").slice(0, 22);

  return {
    async consume(name, who) {
      try {
        for (const { scope, counter } of limiters.get(name) ?? []) {
          const value = who[scope];
          if (value === undefined) continue;
          await counter.consume(nameOf(scope === "address" ? householdOf(value) : value));
        }
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        throw refuse("RATE_LIMITED", { retryAfter: Math.ceil(error.msBeforeNext / 1000) });
      }
    },
  };
}
