import type { VisitorDetails } from "../../../shared/wire.js";
import { purposeNames } from "../../state/tell-privacy.js";

const asked = ["preferences", "analytics", "marketing", "mail_tracking"] as const;

/** One chip a purpose: allowed has a tick, refused is struck through, both are said in words too. */
export function ConsentChips({ details }: { details: VisitorDetails }) {
  const answered = asked.filter((purpose) => details.consent[purpose] !== undefined);
  return (
    <section class="details-part">
      <h3>Consent</h3>
      {answered.length === 0 ? (
        <p class="quiet">Not answered yet</p>
      ) : (
        <ul class="chips">
          {answered.map((purpose) => {
            const allowed = details.consent[purpose] === true;
            return (
              <li key={purpose} class={allowed ? "chip is-allowed" : "chip"}>
                {purposeNames[purpose]}
                <span class="sr-only">{allowed ? ": allowed" : ": refused"}</span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
