import { tellDateAndTime } from "../../state/tell-numbers.js";
import { nameActor, tellDetails } from "../../state/tell-privacy.js";
import { useApp } from "../use-app.js";
import { OlderRows, useOlderRows } from "./OlderRows.js";

/** What operators, visitors and the server did; written once, never changed. */
export function AuditList({ siteId }: { siteId: string }) {
  const { privacy, session } = useApp();
  const audit = useOlderRows(siteId, (before) => privacy.listAudit(siteId, before));
  const me = session.operator.value?.id ?? "";
  return (
    <OlderRows of={audit} none="Nothing was recorded yet.">
      {(row) => (
        <>
          <p>
            <b>{row.act}</b> by {nameActor(row.actor, me)}
          </p>
          <p class="quiet break">
            {tellDateAndTime(row.at)}, record {row.seq}
            {row.target !== null && (
              <>
                , about <code>{row.target}</code>
              </>
            )}
            {row.basis !== null && `, basis: ${row.basis}`}
          </p>
          {Object.keys(row.details).length > 0 && (
            <p class="quiet break">{tellDetails(row.details)}</p>
          )}
        </>
      )}
    </OlderRows>
  );
}
