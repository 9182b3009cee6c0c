import type { VisitorDetails } from "../../../shared/wire.js";
import { tellMoment, tellSpan, tellTime } from "../../state/tell-numbers.js";
import { useApp } from "../use-app.js";

/** The pages seen, newest first; only with the visitor's consent, and the words say so. */
export function PageTrail({ details }: { details: VisitorDetails }) {
  const { page } = useApp();
  const now = page.now.value;
  const allowed = details.consent.analytics === true;
  const { trail, visitor, consentAt, referrerHost } = details;
  const when = consentAt === null ? "" : ` ${tellMoment(consentAt, now)}`;
  return (
    <section class="details-part">
      <h3>Pages</h3>
      {trail.length > 0 && (
        <ol class="trail">
          {trail.map((view, index) => {
            const current = index === 0 && visitor.online;
            return (
              <li key={`${view.at} ${view.path}`} aria-current={current ? "page" : undefined}>
                <span class="trail-title" dir="auto" title={view.path}>
                  {view.title === "" ? view.path : view.title}
                </span>
                <span class="quiet">
                  {current ? "now" : view.dwellMs > 0 ? tellSpan(view.dwellMs) : tellTime(view.at)}
                </span>
              </li>
            );
          })}
        </ol>
      )}
      <p class="hint">
        {allowed
          ? `${referrerHost === "" ? "" : `From ${referrerHost}. `}Shown because page views were allowed${when}.`
          : details.consent.analytics === false
            ? "Not recorded: page views were refused."
            : "Not recorded: the visitor has not answered the consent question."}
      </p>
    </section>
  );
}
