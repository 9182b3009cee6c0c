import { createConsentStore } from "./consent/consent-store.js";
import type { Clock } from "./infra/clock.js";
import type { Keys } from "./infra/keys.js";
import type { Mongo } from "./infra/mongo.js";
import { createChainStores } from "./privacy/chain-store.js";
import { openChain } from "./privacy/chain.js";
import { createPolicyStore } from "./privacy/policy-store.js";

/** The stores and chains of everything that is evidence: for the server, and for the verifier alone. */
export function openEvidence(db: Mongo["connection"], deps: { keys: Keys; clock: Clock }) {
  const sealing = { key: deps.keys.evidence, clock: deps.clock };
  const chainStores = createChainStores(db);
  const policyStore = createPolicyStore(db);
  const consentStore = createConsentStore(db);
  return {
    chainStores,
    policyStore,
    consentStore,
    chains: {
      audit: openChain("audit", chainStores.audit, sealing),
      disclosures: openChain("disclosures", chainStores.disclosures, sealing),
      erasures: openChain("erasure_ledger", chainStores.erasures, sealing),
      policies: openChain("policies", policyStore, sealing),
      consents: openChain("consents", consentStore, sealing),
    },
  };
}
