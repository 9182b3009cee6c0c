import type { Key } from "../infra/keys.js";
import type { Chain } from "./chain.js";
import { chainStart, holdsSeal, type ChainLink } from "./chain-link.js";
import { holdsSignature, type ChainHead } from "./chain-head.js";

/** What is wrong at `brokenAt`. */
export type ChainFault =
  | "hole"
  | "order"
  | "edited"
  | "unknown_key"
  | "cut_start"
  | "cut_tail"
  | "rewritten"
  | "forged_head";

export interface ChainReport {
  chain: string;
  site: string;
  records: number;
  firstSeq: number;
  lastSeq: number;
  head: string;
  ok: boolean;
  /** The seq at which the chain does not hold; null when it does. */
  brokenAt: number | null;
  fault: ChainFault | null;
}

const pageSize = 500;

/**
 * Walks a site's chain from its oldest record and compares it with the signed heads of the journal.
 * An edit fails at its seq; a record taken out leaves a hole; a cut tail misses a head; a chain
 * sealed anew with a stolen store but without the keys cannot be made.
 */
export async function verifyChain(
  deps: { key: Key; now: number },
  chain: Pick<Chain<ChainLink>, "name" | "list">,
  site: string,
  heads: readonly ChainHead[],
): Promise<ChainReport> {
  const report = {
    chain: chain.name,
    site,
    records: 0,
    firstSeq: 0,
    lastSeq: 0,
    head: chainStart,
    ok: true,
    brokenAt: null,
    fault: null,
  };
  const broken = (brokenAt: number, fault: ChainFault): ChainReport => ({
    ...report,
    ok: false,
    brokenAt,
    fault,
  });
  const due = new Map<number, ChainHead>();
  for (const head of heads.filter((held) => held.site === site && held.chain === chain.name)) {
    if (!holdsSignature(deps.key, head)) return broken(head.seq, "forged_head");
    if (head.restart === 1) due.clear();
    due.set(head.seq, head);
  }

  for (let from = 1; ;) {
    const page = await chain.list(site, from, pageSize);
    for (const record of page) {
      if (report.records === 0) {
        report.firstSeq = record.seq;
        const expired = record.prevExpireAt !== null && record.prevExpireAt.getTime() <= deps.now;
        if (record.seq === 1 ? record.prevHash !== chainStart : !expired)
          return broken(record.seq, "cut_start");
      } else if (record.seq !== report.lastSeq + 1) return broken(report.lastSeq + 1, "hole");
      else if (record.prevHash !== report.head) return broken(record.seq, "order");
      if (record.keyId !== deps.key.id) return broken(record.seq, "unknown_key");
      if (!holdsSeal(deps.key.bytes, record)) return broken(record.seq, "edited");
      const head = due.get(record.seq);
      if (head !== undefined && head.hash !== record.hash) return broken(record.seq, "rewritten");
      report.records += 1;
      report.lastSeq = record.seq;
      report.head = record.hash;
    }
    if (page.length < pageSize) break;
    from = report.lastSeq + 1;
  }
  const beyond = [...due.values()].filter(
    (head) => head.seq > report.lastSeq && head.expireAt > deps.now,
  );
  return beyond.length > 0 ? broken(report.lastSeq + 1, "cut_tail") : report;
}
