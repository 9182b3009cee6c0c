import { paths } from "../../../shared/paths.js";
import type { PolicyRow } from "../../../shared/privacy.js";
import { tellDate } from "../../state/tell-numbers.js";
import { ReadingState } from "../parts/ReadingState.js";
import { useReading } from "../parts/use-reading.js";
import { useApp } from "../use-app.js";
import { PolicyForm } from "./PolicyForm.js";

const states: Record<PolicyRow["state"], string> = {
  past: "No longer holds",
  in_force: "Holds now",
  upcoming: "Announced",
};

/** Versions of the privacy policy, newest first, and the next one. */
export function PolicySection({ siteId }: { siteId: string }) {
  const { privacy, sites, session } = useApp();
  const policies = useReading(siteId, () => privacy.listPolicies(siteId));
  const site = sites.current.value;
  const newest = policies.value?.[0];
  return (
    <>
      <ReadingState of={policies} label="Reading the policies" />
      <ul class="cards">
        {policies.value?.map((policy) => (
          <li key={policy.version}>
            <details class="card">
              <summary>
                <b>Version {policy.version}</b>
                <span class={policy.state === "in_force" ? "chip is-good" : "chip"}>
                  {states[policy.state]}
                </span>
                <span class="quiet">
                  {policy.effectiveAt > 0 && `from ${tellDate(policy.effectiveAt)}`}
                </span>
              </summary>
              {policy.changes !== "" && <p dir="auto">{policy.changes}</p>}
              {policy.material && <p class="quiet">Asks everybody again.</p>}
              {Object.entries(policy.notices).map(([language, notice]) => (
                <p key={language} lang={language} dir="auto">
                  <b>{notice.title}</b> {notice.text}
                </p>
              ))}
              <pre class="mail-text" dir="auto">
                {policy.text}
              </pre>
              <p class="quiet break">
                SHA-256 <code>{policy.sha256}</code>
              </p>
            </details>
          </li>
        ))}
      </ul>
      {site !== null && (
        <p class="hint">
          Visitors read it at{" "}
          <a href={paths.policy(site.key)} target="_blank" rel="noopener">
            the policy's page
          </a>
          .
        </p>
      )}
      {site !== null && newest !== undefined && session.operator.value?.role === "admin" && (
        <PolicyForm key={newest.version} site={site} newest={newest} published={policies.put} />
      )}
    </>
  );
}
