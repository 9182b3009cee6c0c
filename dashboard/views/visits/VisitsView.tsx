import { paths } from "../../../shared/paths.js";
import type { VisitReport } from "../../../shared/privacy.js";
import { tellBytes, tellCount, tellMany } from "../../state/tell-numbers.js";
import { ReadingState } from "../parts/ReadingState.js";
import { SitePicker } from "../parts/SitePicker.js";
import { useReading } from "../parts/use-reading.js";
import { useApp } from "../use-app.js";
import { CountTable } from "./CountTable.js";
import { DayTable } from "./DayTable.js";

/** What was counted, only where people agreed; nothing under ten is shown as a number. */
export function VisitsView() {
  const { sites } = useApp();
  const site = sites.current.value;
  return (
    <section class="pane-page" aria-label="Visits">
      <header class="page-head">
        <h1>Visits</h1>
        <SitePicker />
      </header>
      <div class="page-body">{site !== null && <Reports key={site.id} siteId={site.id} />}</div>
    </section>
  );
}

function Reports({ siteId }: { siteId: string }) {
  const { privacy } = useApp();
  const visits = useReading(siteId, () => privacy.reportVisits(siteId));
  const photos = useReading(siteId, () => privacy.countPhotos(siteId));
  const telemetry = useReading(siteId, () => privacy.reportTelemetry(siteId));
  const saved = photos.value?.all;
  return (
    <>
      <ReadingState of={visits} label="Reading the report" />
      {visits.value !== null && <VisitTables report={visits.value} />}
      <section class="form">
        <h2>Photos</h2>
        <ReadingState of={photos} label="Counting the photos" />
        {saved !== undefined && (
          <p>
            {tellMany(saved.photos, "photo", "photos")}
            {saved.photos > 0 &&
              `: ${tellBytes(saved.bytesIn)} came in, ${tellBytes(saved.bytesOut)} are kept`}
            .
          </p>
        )}
        <div class="actions is-start">
          <a class="button" href={paths.photoReport(siteId, "csv")} download>
            Report as CSV
          </a>
          <a class="button" href={paths.photoReport(siteId, "xlsx")} download>
            Report as XLSX
          </a>
        </div>
      </section>
      <section class="form">
        <h2>The chat itself</h2>
        <p class="hint">Presses and errors of the last 30 days. They never leave this server.</p>
        <ReadingState of={telemetry} label="Reading the counters" />
        {telemetry.value !== null && (
          <>
            <CountTable title="Presses" rows={pairs(telemetry.value.presses)} />
            <CountTable title="Errors" rows={pairs(telemetry.value.errors)} />
          </>
        )}
      </section>
    </>
  );
}

function VisitTables({ report }: { report: VisitReport }) {
  return (
    <>
      <p>
        <b>{tellCount(report.live)}</b> {report.live === 1 ? "browser is" : "browsers are"} on the
        site now, of those that agreed to be counted.
      </p>
      {report.days.length === 0 && <p class="quiet">Nothing was counted in the last 30 days.</p>}
      <DayTable days={report.days} />
      <CountTable
        title="Pages"
        rows={report.paths.map(({ path, views }) => ({ name: path, count: views }))}
      />
      <CountTable
        title="From"
        rows={report.referrers.map(({ host, visits }) => ({ name: host, count: visits }))}
      />
      <CountTable
        title="Browsers"
        rows={report.browsers.map(({ name, visits }) => ({ name, count: visits }))}
      />
      <CountTable
        title="Countries"
        rows={report.countries.map(({ name, visits }) => ({ name, count: visits }))}
      />
      <CountTable
        title="Campaigns"
        rows={report.utm.map(({ campaign, visits }) => ({ name: campaign, count: visits }))}
      />
    </>
  );
}

function pairs(counts: Record<string, number>): { name: string; count: number }[] {
  return Object.entries(counts).map(([name, count]) => ({
    name: name.replaceAll("_", " "),
    count,
  }));
}
