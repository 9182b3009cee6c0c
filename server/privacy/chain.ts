import type { Clock } from "../infra/clock.js";
import type { Key } from "../infra/keys.js";
import { chainStart, sealLink, type ChainLink } from "./chain-link.js";

/** What a store offers for one chained collection: nothing that changes or removes a record. */
export interface ChainCollection<R extends ChainLink> {
  findLast(site: string): Promise<R | null>;
  /** False when the record's place is taken already. */
  insert(record: R): Promise<boolean>;
  /** Records from `fromSeq` on, in order. */
  list(site: string, fromSeq: number, limit: number): Promise<R[]>;
  /** Sites that have a record. */
  sites(): Promise<string[]>;
}

/** What the caller says; place, time and seal are the chain's. */
export type ChainBody<R extends ChainLink> = Omit<R, keyof ChainLink>;

export interface Chain<R extends ChainLink> extends Omit<ChainCollection<R>, "insert"> {
  name: string;
  /** Resolves when the record is stored. `body` may depend on the record it follows. */
  append(site: string, body: ChainBody<R> | BodyAfter<R>, keepDays: number): Promise<R>;
}

type BodyAfter<R extends ChainLink> = (last: R | null) => ChainBody<R>;

const dayMs = 86_400_000;
const attempts = 50;

/**
 * An append-only chain a site. Appends within this process queue up behind one another; against
 * other processes the unique place decides, and the loser takes the next one.
 */
export function openChain<R extends ChainLink>(
  name: string,
  collection: ChainCollection<R>,
  deps: { key: Key; clock: Clock },
): Chain<R> {
  const queues = new Map<string, Promise<unknown>>();

  async function place(
    site: string,
    body: ChainBody<R> | BodyAfter<R>,
    keepDays: number,
  ): Promise<R> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const last = await collection.findLast(site);
      const now = deps.clock.now();
      const content = {
        ...(typeof body === "function" ? body(last) : body),
        site,
        seq: (last?.seq ?? 0) + 1,
        at: now,
        expireAt: new Date(Math.max(last?.expireAt.getTime() ?? 0, now + keepDays * dayMs)),
        prevExpireAt: last?.expireAt ?? null,
        keyId: deps.key.id,
        prevHash: last?.hash ?? chainStart,
      };
      const sealed = { ...content, hash: sealLink(deps.key.bytes, content.prevHash, content) };
      // Body and link fields together are an R; the compiler cannot add up a generic Omit.
      const record = sealed as unknown as R;
      if (await collection.insert(record)) return record;
    }
    throw new Error(`The chain ${name} had no free place after ${attempts} tries.`);
  }

  return {
    name,
    findLast: (site) => collection.findLast(site),
    list: (site, fromSeq, limit) => collection.list(site, fromSeq, limit),
    sites: () => collection.sites(),
    append(site, body, keepDays) {
      const turn = (queues.get(site) ?? Promise.resolve()).then(() => place(site, body, keepDays));
      const settled = turn.then(
        () => undefined,
        () => undefined,
      );
      queues.set(site, settled);
      void settled.then(() => {
        if (queues.get(site) === settled) queues.delete(site);
      });
      return turn;
    },
  };
}
