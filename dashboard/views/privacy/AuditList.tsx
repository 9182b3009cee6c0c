import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AuditRow } from "../../../shared/privacy.js";
import { nameAccount } from "../../state/accounts.js";
import { tellDateAndTime } from "../../state/tell-numbers.js";
import { nameActor, tellAct, tellDetails } from "../../state/tell-privacy.js";
import { useApp } from "../use-app.js";
import { OlderRows, useOlderRows } from "./OlderRows.js";

/** What operators, visitors and the server did; written once, never changed. */
export function AuditList({ siteId }: { siteId: string }) {
  const { accounts } = useApp();
  const shown = useSignal<"site" | "accounts">("site");
  // For the names behind the records' ids.
  useEffect(() => void accounts.refresh(), [accounts]);
  return (
    <div>
      <div class="tabs" role="group" aria-label="Which records">
        {(["site", "accounts"] as const).map((one) => (
          <button
            key={one}
            type="button"
            class="tab"
            aria-pressed={shown.value === one}
            onClick={() => (shown.value = one)}
          >
            {one === "site" ? "This site" : "Accounts"}
          </button>
        ))}
      </div>
      <ActList key={shown.value} siteId={siteId} of={shown.value} />
    </div>
  );
}

function ActList({ siteId, of }: { siteId: string; of: "site" | "accounts" }) {
  const { privacy } = useApp();
  const list = useOlderRows(`${siteId}/${of}`, (before) =>
    of === "site" ? privacy.listAudit(siteId, before) : privacy.listAccountActs(siteId, before),
  );
  return (
    <OlderRows of={list} none="Nothing was recorded yet.">
      {(row) => <Act row={row} />}
    </OlderRows>
  );
}

function Act({ row }: { row: AuditRow }) {
  const { accounts, session } = useApp();
  const names = new Map(
    (accounts.all.value ?? []).map((account) => [account.id, nameAccount(account)]),
  );
  const who = (id: string) => nameActor(id, session.operator.value?.id ?? "", names);
  const { operator, ...details } = row.details;
  return (
    <>
      <p>
        <b>{tellAct(row.act)}</b> by <span dir="auto">{who(row.actor)}</span>
      </p>
      <p class="quiet break">
        {tellDateAndTime(row.at)}, record {row.seq}
        {typeof operator === "string" && `, about ${who(operator)}`}
        {row.target !== null && (
          <>
            , about <code>{row.target}</code>
          </>
        )}
        {row.basis !== null && `, basis: ${row.basis}`}
      </p>
      {Object.keys(details).length > 0 && <p class="quiet break">{tellDetails(details)}</p>}
    </>
  );
}
