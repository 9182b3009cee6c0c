import { z } from "zod";
import type { Clock } from "../infra/clock.js";
import type { Journal } from "../infra/journal.js";
import type { Key } from "../infra/keys.js";
import type { Chain } from "./chain.js";
import type { ChainLink } from "./chain-link.js";
import { signHead, type ChainHead } from "./chain-head.js";
import { verifyChain, type ChainReport } from "./verify-chain.js";

/** The chains of all kinds, as far as heads and verification need them. */
export type AnyChain = Pick<Chain<ChainLink>, "name" | "findLast" | "list" | "sites">;

export interface HeadDeps {
  key: Key;
  clock: Clock;
  journal: Journal;
  chains: readonly AnyChain[];
}

const headValue = z.object({
  chain: z.string(),
  seq: z.number(),
  hash: z.string(),
  expireAt: z.number(),
  keyId: z.string(),
  restart: z.number(),
  signature: z.string(),
});

/** Every signed head that the journal holds, in the order they were written. */
export async function readHeads(journal: Journal): Promise<ChainHead[]> {
  const heads: ChainHead[] = [];
  await journal.replay((entry) => {
    if (entry.kind === "chain_head")
      heads.push({ site: entry.site, at: entry.at, ...headValue.parse(entry.value) });
    return Promise.resolve();
  });
  return heads.sort((a, b) => a.at - b.at);
}

/**
 * Signs the newest record of every chain and writes it to the journal, outside the store: from then
 * on a cut or a rewriting before it shows. A chain that did not grow is not written again.
 * @returns how many heads were new
 */
export async function writeHeads(deps: HeadDeps): Promise<number> {
  const known = new Set((await readHeads(deps.journal)).map(nameOf));
  let written = 0;
  for (const chain of deps.chains) {
    for (const site of await chain.sites()) {
      const last = await chain.findLast(site);
      if (last === null) continue;
      const { site: of, at, ...value } = signHead(deps.key, chain.name, last, deps.clock.now());
      if (known.has(nameOf({ site: of, ...value }))) continue;
      await deps.journal.append({ kind: "chain_head", site: of, at, value });
      written += 1;
    }
  }
  return written;
}

/**
 * After an older backup was put back on purpose: for every chain that is behind its heads, a head is
 * signed that says so, and those before it no longer bind. What is missing stays missing; that it is
 * was seen, and by whom the journal and the audit tell.
 * @returns the chains this was said of
 */
export async function acceptRestore(deps: HeadDeps): Promise<ChainReport[]> {
  const behind = (await verifyChains(deps)).filter(
    ({ fault }) => fault === "cut_tail" || fault === "rewritten",
  );
  for (const report of behind) {
    const chain = deps.chains.find(({ name }) => name === report.chain);
    const last = await chain?.findLast(report.site);
    if (chain === undefined || last === null || last === undefined) continue;
    const head = signHead(deps.key, chain.name, last, deps.clock.now(), true);
    const { site, at, ...value } = head;
    await deps.journal.append({ kind: "chain_head", site, at, value });
  }
  return behind;
}

const nameOf = (head: Pick<ChainHead, "site" | "chain" | "seq" | "hash">): string =>
  `${head.chain}/${head.site}/${head.seq}/${head.hash}`;

/** Verifies every chain of one site, or of all; a site whose whole chain is gone is found by its heads. */
export async function verifyChains(deps: HeadDeps, site?: string): Promise<ChainReport[]> {
  const heads = await readHeads(deps.journal);
  const reports: ChainReport[] = [];
  for (const chain of deps.chains) {
    const named = heads.filter((head) => head.chain === chain.name).map((head) => head.site);
    const sites = new Set(site === undefined ? [...(await chain.sites()), ...named] : [site]);
    for (const one of [...sites].sort())
      reports.push(await verifyChain({ key: deps.key, now: deps.clock.now() }, chain, one, heads));
  }
  return reports;
}
