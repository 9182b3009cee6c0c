import { systemClock } from "./infra/clock.js";
import { openJournal } from "./infra/journal.js";
import { createKeyCheckStore } from "./infra/key-check-store.js";
import { loadKeys } from "./infra/keys.js";
import { createLog } from "./infra/log.js";
import { joinMongo } from "./infra/mongo.js";
import { openEvidence } from "./open-evidence.js";
import { acceptRestore, verifyChains } from "./privacy/chain-heads.js";
import { appendAudit } from "./privacy/append-audit.js";
import { runCommand } from "./run-command.js";

/**
 * `npm run privacy:verify`: walks every chain of evidence and compares it with the signed heads of the
 * journal. Works beside a running server and without one; changes nothing. Exits 1 when one does not
 * hold. `-- --accept-restore` says that an older backup was put back on purpose; that is audited.
 */
await runCommand(async (config) => {
  const log = createLog({ logLevel: "warn" });
  const mongo = await joinMongo(config, log);
  let broken = 0;
  try {
    const keys = await loadKeys(config.keysFile, createKeyCheckStore(mongo.connection), log);
    const { chains } = openEvidence(mongo.connection, { keys, clock: systemClock });
    const journal = await openJournal(config.journalDir);
    const evidence = {
      key: keys.evidence,
      clock: systemClock,
      journal,
      chains: Object.values(chains),
    };
    if (process.argv.includes("--accept-restore")) {
      for (const { chain, site, brokenAt } of await acceptRestore(evidence)) {
        const details = { chain, brokenAt };
        await appendAudit(chains, { site, actor: "server", act: "restore.accept", details });
      }
    }
    const reports = await verifyChains(evidence);
    await journal.close();
    for (const { chain, site, records, lastSeq, ok, brokenAt, fault } of reports) {
      const state = ok
        ? `holds, ${records} records up to ${lastSeq}`
        : `DOES NOT HOLD at ${String(brokenAt)}: ${String(fault)}`;
      process.stdout.write(`${chain.padEnd(16)} ${site.padEnd(24)} ${state}\n`);
    }
    broken = reports.filter(({ ok }) => !ok).length;
    process.stdout.write(`${reports.length} chains, ${broken} broken\n`);
  } finally {
    await mongo.close();
  }
  process.exit(broken === 0 ? 0 : 1);
});
