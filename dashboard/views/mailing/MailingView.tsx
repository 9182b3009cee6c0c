import { useEffect } from "preact/hooks";
import { FailureNote } from "../parts/FailureNote.js";
import { SkeletonRows } from "../parts/Late.js";
import { SitePicker } from "../parts/SitePicker.js";
import { useApp } from "../use-app.js";
import { CampaignList } from "./CampaignList.js";
import { MailingForm } from "./MailingForm.js";
import { OutboxList } from "./OutboxList.js";

/** How often a mailing that is being sent is asked about. */
const pollMs = 2_000;

/** One mailing to everybody who confirmed, what became of earlier ones, and mail that waits. */
export function MailingView() {
  const { sites, mailing } = useApp();
  const site = sites.current.value;
  const siteId = site?.id ?? null;
  const sending = mailing.campaigns.value?.some((one) => one.state === "sending") === true;
  useEffect(() => {
    if (siteId !== null) void mailing.refresh(siteId);
  }, [mailing, siteId]);
  useEffect(() => {
    if (siteId === null || !sending) return;
    const timer = setInterval(() => void mailing.refresh(siteId), pollMs);
    return () => clearInterval(timer);
  }, [mailing, siteId, sending]);
  return (
    <section class="pane-page" aria-label="Mailing">
      <header class="page-head">
        <h1>Mailing</h1>
        <SitePicker />
      </header>
      <div class="page-body">
        {site !== null && <MailingForm key={site.id} site={site} />}
        {site !== null && (
          <FailureNote
            failure={mailing.failure.value}
            retry={() => void mailing.refresh(site.id)}
          />
        )}
        {mailing.campaigns.value === null && mailing.failure.value === null && (
          <SkeletonRows count={3} label="Reading the mailings" />
        )}
        <CampaignList />
        <OutboxList />
      </div>
    </section>
  );
}
