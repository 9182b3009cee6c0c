import { chooseWords } from "../words/choose-words.js";
import { fill } from "../words/words.js";
import type { CampaignStore, StoredCampaign } from "./campaign-store.js";
import type { MailLogRow } from "./mail-log-store.js";
import { logEnd, sendMail, type SendDeps } from "./send-mail.js";
import type { Subscriber } from "./subscriber-store.js";

export interface SenderDeps extends SendDeps {
  campaigns: CampaignStore;
  /** Pauses before further tries of a hand-off that failed for the time being, in ms; then it is given up. */
  retryAfterMs: number[];
}

export interface CampaignSender {
  /** Takes up a campaign that was just stored. */
  begin(campaign: StoredCampaign): void;
  /** Takes up what a stop or a crash interrupted. Before the first `begin`. */
  resume(): Promise<void>;
  /** Finishes the hand-offs that run and begins no more. */
  stop(): Promise<void>;
}

/** Hand-offs at the same time; the transport has as many connections, so none waits after its check. */
const hands = 3;
const pageSize = 200;

/**
 * Sends campaigns in the background. Every recipient has a row in the mail log, unique by campaign
 * and address; a row is claimed before its hand-off and never claimed twice, so nobody gets a mailing
 * twice: a hand-off that a crash interrupted is reported, not repeated.
 */
export function openCampaignSender(deps: SenderDeps): CampaignSender {
  const running = new Map<string, Promise<void>>();
  const wakers = new Set<() => void>();
  let stopping = false;

  function begin(campaign: StoredCampaign): void {
    if (stopping || running.has(campaign.id)) return;
    const run = runCampaign(campaign)
      .catch((error: unknown) => {
        deps.log.error({ err: error, campaign: campaign.id }, "campaign stopped early");
      })
      .finally(() => running.delete(campaign.id));
    running.set(campaign.id, run);
  }

  async function runCampaign(campaign: StoredCampaign): Promise<void> {
    if (campaign.state === "draft") {
      await listRecipients(campaign);
      if (isStopping()) return;
      await deps.campaigns.setListed(campaign.id);
    }
    for (;;) {
      await Promise.all(Array.from({ length: hands }, () => work(campaign)));
      if (isStopping()) return;
      const due = await deps.mailLog.nextDue(campaign.id);
      if (due === null) break;
      await pause(Math.max(due - deps.clock.now(), 10));
    }
    const tally = await deps.mailLog.tally(campaign.id);
    await deps.campaigns.setDone(campaign.id, deps.clock.now(), tally);
  }

  /** One row a recipient; a repeat after a crash changes nothing. */
  async function listRecipients(campaign: StoredCampaign): Promise<void> {
    let after = "";
    for (;;) {
      const page = await deps.subscribers.listConfirmed(campaign.site, after, pageSize);
      for (const { addressH } of page) {
        if (isStopping()) return;
        const at = deps.clock.now();
        await deps.mailLog.insertOnce({
          site: campaign.site,
          addressH,
          class: "marketing",
          campaign: campaign.id,
          state: "queued",
          reason: null,
          attempts: 0,
          nextAt: 0,
          at,
          expireAt: logEnd(at),
        });
      }
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.addressH;
    }
  }

  async function work(campaign: StoredCampaign): Promise<void> {
    while (!isStopping()) {
      const row = await deps.mailLog.claim(campaign.id, deps.clock.now());
      if (row === null) return;
      await sendOne(campaign, row);
    }
  }

  async function sendOne(campaign: StoredCampaign, row: MailLogRow): Promise<void> {
    const subscriber = await deps.subscribers.find(row.site, row.addressH);
    const attempts = row.attempts + 1;
    const end = (state: "sent" | "refused" | "queued", reason: MailLogRow["reason"], nextAt = 0) =>
      deps.mailLog.finish(row, { state, reason, attempts, nextAt, at: deps.clock.now() });
    if (subscriber === null) return end("refused", "erased");
    const delivery = await sendMail(deps, {
      siteId: campaign.site,
      to: subscriber.address,
      kind: "marketing",
      subject: campaign.subject,
      text: campaign.text,
      language: subscriber.language,
      because: becauseOf(subscriber),
    });
    if (delivery.state === "sent") return end("sent", null);
    if (delivery.state === "refused") return end("refused", delivery.reason);
    const wait = deps.retryAfterMs[row.attempts];
    if (wait === undefined) return end("refused", "smtp");
    return end("queued", null, deps.clock.now() + wait);
  }

  /** Ends early when the server stops. */
  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      wakers.add(wake);
    });
  }

  function isStopping(): boolean {
    return stopping;
  }

  return {
    begin,
    async resume() {
      for (const campaign of await deps.campaigns.listUnfinished()) {
        await deps.mailLog.endInterrupted(campaign.id, deps.clock.now());
        begin(campaign);
      }
    },
    async stop() {
      stopping = true;
      for (const wake of [...wakers]) wake();
      await Promise.all(running.values());
    },
  };
}

function becauseOf({ formUrl, language }: Subscriber): string {
  const { mails } = chooseWords(language);
  const place = formUrl === null ? mails.thisSite : new URL(formUrl).host;
  return fill(mails.because, { place });
}
