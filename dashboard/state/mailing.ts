import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { Campaign, OutboxMail } from "../../shared/wire.js";
import type { Failure, Outcome } from "./outcome.js";

export interface MailingDraft {
  subject: string;
  text: string;
}

export interface MailingApi {
  listCampaigns(siteId: string): Promise<Outcome<Campaign[]>>;
  sendCampaign(siteId: string, draft: MailingDraft): Promise<Outcome<Campaign>>;
  /** `sent` is false where no mail server is set: the test stands in the outbox. */
  sendTest(siteId: string, draft: MailingDraft): Promise<Outcome<{ sent: boolean }>>;
  listOutbox(siteId: string): Promise<Outcome<OutboxMail[]>>;
}

export interface Mailing {
  /** What is being written: it stays while the operator looks at something else. */
  draft: Signal<MailingDraft>;
  campaigns: ReadonlySignal<Campaign[] | null>;
  outbox: ReadonlySignal<OutboxMail[] | null>;
  failure: ReadonlySignal<Failure | null>;
  refresh(siteId: string): Promise<void>;
  sendTest(siteId: string, draft: MailingDraft): Promise<Outcome<{ sent: boolean }>>;
  send(siteId: string, draft: MailingDraft): Promise<Failure | null>;
}

/** Mailings of a site and the mail that waits because no SMTP server is set. */
export function createMailing(api: MailingApi): Mailing {
  const campaigns = signal<Campaign[] | null>(null);
  const outbox = signal<OutboxMail[] | null>(null);
  const failure = signal<Failure | null>(null);
  const draft = signal<MailingDraft>({ subject: "", text: "" });
  let shownSite = "";

  const refresh = async (siteId: string): Promise<void> => {
    if (siteId !== shownSite) {
      shownSite = siteId;
      campaigns.value = null;
      outbox.value = null;
    }
    const [list, mails] = await Promise.all([api.listCampaigns(siteId), api.listOutbox(siteId)]);
    if (siteId !== shownSite) return;
    if (list.ok) campaigns.value = [...list.value].sort((a, b) => b.createdAt - a.createdAt);
    if (mails.ok) outbox.value = [...mails.value].sort((a, b) => b.at - a.at);
    // The outbox is for admins alone; for others it is not there.
    const hidden = !mails.ok && mails.code === "FORBIDDEN";
    failure.value = !list.ok ? list : !mails.ok && !hidden ? mails : null;
  };

  return {
    draft,
    campaigns,
    outbox,
    failure,
    refresh,
    async sendTest(siteId, draft) {
      const outcome = await api.sendTest(siteId, draft);
      await refresh(siteId);
      return outcome;
    },
    async send(siteId, draft) {
      const outcome = await api.sendCampaign(siteId, draft);
      await refresh(siteId);
      return outcome.ok ? null : outcome;
    },
  };
}
