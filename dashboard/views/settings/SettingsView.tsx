import { useEffect } from "preact/hooks";
import { printRoute, settingsSections, type SettingsSection } from "../../state/route.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Icon } from "../parts/Icon.js";
import { SkeletonRows } from "../parts/Late.js";
import { SitePicker } from "../parts/SitePicker.js";
import { useApp } from "../use-app.js";
import { AppearanceForm } from "./AppearanceForm.js";
import { NewSiteForm } from "./NewSiteForm.js";
import { OperatorsSection } from "./OperatorsSection.js";
import { RulesForm } from "./RulesForm.js";
import { SiteForm } from "./SiteForm.js";
import { TagSection } from "./TagSection.js";

const titles: Record<SettingsSection, { title: string; about: string }> = {
  site: { title: "Site", about: "Name, time zone, who answers for the data" },
  appearance: { title: "Appearance", about: "Colour, corner, greeting, language" },
  tag: { title: "Tag and origins", about: "The script tag and where it may run" },
  rules: { title: "Rules", about: "What is asked, counted, kept and mailed" },
  operators: { title: "Operators", about: "Who signs in, and what they may do" },
};

/** Settings of one site, and who signs in: a list of sections, one open; on a phone one after the other. */
export function SettingsView({ section }: { section: SettingsSection | null }) {
  const { sites, page } = useApp();
  // What servers saw meanwhile (tag, refused origins) is part of the settings.
  useEffect(() => void sites.refresh(), [sites, section]);
  const site = sites.current.value;
  const shown = section ?? "site";
  return (
    <div class={section === null ? "panes is-two" : "panes is-two has-conversation"}>
      <nav class="pane-list" aria-label="Settings">
        <header class="list-head">
          <h1>Settings</h1>
          <SitePicker />
        </header>
        <ul class="rows">
          {settingsSections.map((one) => (
            <li key={one}>
              <a
                class="row is-section"
                href={printRoute({ view: "settings", section: one })}
                aria-current={one === shown ? "true" : undefined}
              >
                <span class="row-name">{titles[one].title}</span>
                <span class="row-text">{titles[one].about}</span>
              </a>
            </li>
          ))}
        </ul>
        <NewSiteForm />
      </nav>
      <section class="pane-page" aria-label={titles[shown].title}>
        <header class="page-head">
          <button
            type="button"
            class="button is-icon only-narrow"
            aria-label="Back to the settings"
            onClick={() => page.go({ view: "settings", section: null })}
          >
            <Icon name="back" flip />
          </button>
          <h2>{titles[shown].title}</h2>
          {site !== null && shown !== "operators" && (
            <span class="quiet" dir="auto">
              {site.name}
            </span>
          )}
        </header>
        <div class="page-body">
          {sites.failure.value !== null && site === null && (
            <FailureNote failure={sites.failure.value} retry={() => void sites.refresh()} />
          )}
          {sites.all.value === null && sites.failure.value === null && (
            <SkeletonRows count={6} label="Reading the settings" />
          )}
          {site !== null && shown === "site" && <SiteForm key={site.id} site={site} />}
          {site !== null && shown === "appearance" && <AppearanceForm key={site.id} site={site} />}
          {site !== null && shown === "tag" && <TagSection key={site.id} site={site} />}
          {site !== null && shown === "rules" && <RulesForm key={site.id} site={site} />}
          {shown === "operators" && <OperatorsSection />}
        </div>
      </section>
    </div>
  );
}
