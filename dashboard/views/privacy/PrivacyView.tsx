import { printRoute, privacySections, type PrivacySection } from "../../state/route.js";
import { Icon } from "../parts/Icon.js";
import { SitePicker } from "../parts/SitePicker.js";
import { useApp } from "../use-app.js";
import { AuditList } from "./AuditList.js";
import { ConsentList } from "./ConsentList.js";
import { DisclosureSection } from "./DisclosureSection.js";
import { PolicySection } from "./PolicySection.js";
import { RecipientSection } from "./RecipientSection.js";
import { RequestSection } from "./RequestSection.js";

const titles: Record<PrivacySection, { title: string; about: string }> = {
  requests: { title: "Requests", about: "What people asked for, and until when" },
  consents: { title: "Consents", about: "Who agreed to what, and whether the proof holds" },
  policies: { title: "Policies", about: "Versions, and the notice before one holds" },
  recipients: { title: "Recipients", about: "Third parties, and handing over the business" },
  disclosures: { title: "Disclosures", about: "What authorities were given, and why" },
  audit: { title: "Audit", about: "Who read, changed or exported what" },
};

/** Everything the law may ask about one site. */
export function PrivacyView({ section }: { section: PrivacySection | null }) {
  const { sites, page, overdue } = useApp();
  const siteId = sites.current.value?.id;
  const shown = section ?? "requests";
  return (
    <div class={section === null ? "panes is-two" : "panes is-two has-conversation"}>
      <nav class="pane-list" aria-label="Privacy">
        <header class="list-head">
          <h1>Privacy</h1>
          <SitePicker />
        </header>
        <ul class="rows">
          {privacySections.map((one) => (
            <li key={one}>
              <a
                class="row is-section"
                href={printRoute({ view: "privacy", section: one })}
                aria-current={one === shown ? "true" : undefined}
              >
                <span class="row-name">{titles[one].title}</span>
                {one === "requests" && overdue.count.value > 0 && (
                  <span class="badge is-danger">{overdue.count.value} overdue</span>
                )}
                <span class="row-text">{titles[one].about}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <section class="pane-page" aria-label={titles[shown].title}>
        <header class="page-head">
          <button
            type="button"
            class="button is-icon only-narrow"
            aria-label="Back to privacy"
            onClick={() => page.go({ view: "privacy", section: null })}
          >
            <Icon name="back" flip />
          </button>
          <h2>{titles[shown].title}</h2>
        </header>
        <div class="page-body">
          {siteId !== undefined && shown === "requests" && (
            <RequestSection key={siteId} siteId={siteId} />
          )}
          {siteId !== undefined && shown === "consents" && (
            <ConsentList key={siteId} siteId={siteId} />
          )}
          {siteId !== undefined && shown === "policies" && (
            <PolicySection key={siteId} siteId={siteId} />
          )}
          {siteId !== undefined && shown === "recipients" && (
            <RecipientSection key={siteId} siteId={siteId} />
          )}
          {siteId !== undefined && shown === "disclosures" && (
            <DisclosureSection key={siteId} siteId={siteId} />
          )}
          {siteId !== undefined && shown === "audit" && <AuditList key={siteId} siteId={siteId} />}
        </div>
      </section>
    </div>
  );
}
