import { systemClock } from "./infra/clock.js";
import { createKeyCheckStore } from "./infra/key-check-store.js";
import { loadKeys } from "./infra/keys.js";
import { createLog } from "./infra/log.js";
import { createIndexes, joinMongo } from "./infra/mongo.js";
import { createOperatorStore } from "./operators/operator-store.js";
import { createSessionStore } from "./operators/session-store.js";
import { createSetupLinkStore } from "./operators/setup-link-store.js";
import { makeRecoveryLink } from "./operators/setup-links.js";
import { appendAudit } from "./privacy/append-audit.js";
import { createChainStores } from "./privacy/chain-store.js";
import { openChain } from "./privacy/chain.js";
import { runCommand } from "./run-command.js";

/**
 * `npm run admin:link -- EMAIL`: a new link for an admin who lost the password. Works beside a
 * running server (on its store) and without one (on the store in the data folder).
 */
await runCommand(async (config) => {
  const email = process.argv.slice(2).find((word) => word.includes("@"));
  if (email === undefined) throw new Error("Say for whom: npm run admin:link -- EMAIL");
  const log = createLog({ logLevel: "warn" });
  const mongo = await joinMongo(config, log);
  try {
    const db = mongo.connection;
    const clock = systemClock;
    const keys = await loadKeys(config.keysFile, createKeyCheckStore(db), log);
    const stores = createChainStores(db);
    const audit = openChain("audit", stores.audit, { key: keys.evidence, clock });
    const deps = {
      operators: createOperatorStore(db),
      sessions: createSessionStore(db),
      setupLinks: createSetupLinkStore(db),
      clock,
      publicUrl: config.publicUrl,
      appendAudit: (entry: Parameters<typeof appendAudit>[1]) => appendAudit({ audit }, entry),
    };
    await createIndexes(db);
    const link = await makeRecoveryLink(deps, email);
    if (link === null) throw new Error("No admin has this e-mail address.");
    process.stdout.write(`${link}\nWorks once, for an hour. All sessions of this account ended.\n`);
  } finally {
    await mongo.close();
  }
  process.exit(0);
});
