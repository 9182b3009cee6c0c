import type { ChainRow } from "../../../shared/privacy.js";
import { paths } from "../../../shared/paths.js";
import { tellCount, tellDateAndTime } from "../../state/tell-numbers.js";
import { tellAction, tellChoices, tellMethod } from "../../state/tell-privacy.js";
import { ReadingState } from "../parts/ReadingState.js";
import { useReading } from "../parts/use-reading.js";
import { useApp } from "../use-app.js";
import { OlderRows, useOlderRows } from "./OlderRows.js";

/** The state of the chains, and the answers themselves. Nobody is named here: hashes only. */
export function ConsentList({ siteId }: { siteId: string }) {
  const { privacy, session } = useApp();
  const chains = useReading(siteId, () => privacy.verifyChains(siteId));
  const consents = useOlderRows(siteId, (before) => privacy.listConsents(siteId, before));
  return (
    <>
      <section class="form">
        <h3>Proof</h3>
        <ReadingState of={chains} label="Checking the chains" />
        <ul class="plain-rows">
          {chains.value?.map((chain) => (
            <ChainState key={chain.chain} chain={chain} />
          ))}
        </ul>
        <div class="actions is-start">
          <button type="button" class="button" onClick={chains.again}>
            Check again
          </button>
          {session.operator.value?.role === "admin" && (
            <a class="button" href={paths.privacyView(siteId, "heads")} download>
              Export the signed heads
            </a>
          )}
        </div>
      </section>
      <section class="form">
        <h3>Answers</h3>
        <OlderRows of={consents} none="Nobody answered the consent question yet.">
          {(row) => (
            <>
              <p>
                <b>{tellAction(row.action)}</b> {tellMethod(row.method)}: {tellChoices(row.choices)}
              </p>
              <p class="quiet">
                {tellDateAndTime(row.at)}. Person <code>{row.subject}</code>, policy version{" "}
                {row.policyVersion}, record {row.seq}
                {row.gpc && ", sent GPC"}
                {row.dnt && ", sent Do Not Track"}
                {row.address !== null && `, from ${row.address}`}
              </p>
            </>
          )}
        </OlderRows>
      </section>
    </>
  );
}

function ChainState({ chain }: { chain: ChainRow }) {
  return (
    <li>
      <span>
        <b>{chain.chain}</b>{" "}
        <span class="quiet">
          {chain.records === 0 ? "no records" : `${tellCount(chain.records)} records`}
        </span>
        {!chain.ok && (
          <span class="is-danger">
            {" "}
            {chain.brokenAt === null ? "" : `Record ${chain.brokenAt}: `}
            {chain.fault}
          </span>
        )}
      </span>
      <span class={chain.ok ? "chip is-good" : "chip is-danger"}>
        {chain.ok ? "Holds" : "Broken"}
      </span>
    </li>
  );
}
