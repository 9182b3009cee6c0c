import { paths } from "../shared/paths.js";
import { applyConversationRetention } from "./conversations/apply-retention.js";
import type { InboxCursor } from "../shared/wire.js";
import { placeOf, type ConversationStore } from "./conversations/conversation-store.js";
import { eraseConversation, type EraseDeps } from "./conversations/erase-conversations.js";
import { erasePhotos } from "./conversations/erase-photos.js";
import { exportConversations } from "./conversations/export-conversations.js";
import type { openPhotos } from "./attachments/open-photos.js";
import type { Clock } from "./infra/clock.js";
import { exportMessages } from "./messages/export-messages.js";
import type { MessageStore } from "./messages/message-store.js";
import type { openMail } from "./open-mail.js";
import type { PrivacyNeighbours } from "./open-privacy.js";
import type { OperatorStore } from "./operators/operator-store.js";
import type { Publish } from "./realtime/publish.js";
import type { Site } from "./sites/site.js";
import { eraseVisitor } from "./visitors/erase-visitor.js";
import type { VisitorStore } from "./visitors/visitor-store.js";
import { chooseWords, writer } from "./words/choose-words.js";
import { fill, type Words } from "./words/words.js";

interface Parts {
  clock: Clock;
  publish: Publish;
  publicUrl: URL;
  visitors: VisitorStore;
  conversations: ConversationStore;
  messages: MessageStore;
  operators: OperatorStore;
  photos: ReturnType<typeof openPhotos>;
  /** Opened later than this: it needs the chains of evidence. */
  mail: () => ReturnType<typeof openMail>;
  erasing: EraseDeps;
  getSite: (id: string) => Promise<Site>;
}

const pageSize = 200;

/** How each feature answers for a person: what it holds of them, and how that goes. */
export function privacyNeighbours(parts: Parts): PrivacyNeighbours {
  const { clock, publish, visitors, conversations, messages, photos, erasing } = parts;
  const { presentAttachment } = photos;
  /** Signed links open a photo to whoever has them: they do not belong in a file for others. */
  const unlinked: typeof presentAttachment = (stored, reader) => ({
    ...presentAttachment(stored, reader),
    renditions: [],
  });

  async function ofVisitor(site: Site, visitorId: string, until: number) {
    const found = await conversations.listOfVisitors([visitorId], 0);
    return found.filter((one) => one.site === site.id && one.lastAt <= until);
  }

  return {
    reach: {
      async conversations(site, visitorId, until) {
        const old = await ofVisitor(site, visitorId, until);
        for (const conversation of old) await eraseConversation(erasing, conversation);
        return old.length;
      },
      async photos(site, visitorId, until) {
        const all = await ofVisitor(site, visitorId, Number.MAX_SAFE_INTEGER);
        // A message after `until` says that this store is newer than the erasure it is asked to repeat.
        if (all.some((conversation) => conversation.lastAt > until)) return;
        await erasePhotos(
          {
            ...erasing,
            removeFromMessages: (id, revision) => messages.removeAttachments(id, revision),
            publish,
          },
          site,
          visitorId,
        );
      },
      photoDetails: (site, visitorId) => photos.removeDetailsOf(site.id, visitorId),
      visitor: (site, visitorId) => eraseVisitor({ visitors, clock, publish }, site, visitorId),
      subscriber: (site, addressH) => parts.mail().erasePerson(site.id, addressH),
    },
    data: {
      conversations: (site, visitorId) =>
        exportConversations(
          {
            conversations,
            clock,
            exportMessages: (id, of) => exportMessages({ messages, presentAttachment }, id, of),
          },
          site,
          visitorId,
        ),
      photoDetails: (site, visitorId) => photos.listDetailsOf(site.id, visitorId),
      files: (conversationIds) => photos.exportAttachments(conversationIds),
      mail: (site, addressH) => parts.mail().exportPerson(site.id, addressH),
    },
    retention: {
      conversation: (site) =>
        applyConversationRetention(
          { conversations, applyToVisitors: (id, ms) => visitors.applyRetention(id, ms) },
          site,
        ),
      photoDetails: (site) => photos.applyRetention(site),
      originalHours: (site) => photos.applyOriginalHours(site),
    },
    countAdmins: () => parts.operators.countAdmins(),
    findAccountDate: async (id) => (await parts.operators.findById(id))?.createdAt ?? null,
    async *exportSite(site) {
      for (const state of ["open", "closed"] as const) {
        for (let before: InboxCursor | null = null; ;) {
          const query = { site: site.id, state, before, limit: pageSize, now: clock.now() };
          const page = await conversations.list(query);
          for (const { id, visitor, createdAt } of page) {
            const said = await exportMessages(
              { messages, presentAttachment: unlinked },
              id,
              visitor,
            );
            yield `${JSON.stringify({ id, visitor, state, createdAt, messages: said })}\n`;
          }
          const last = page.at(-1);
          if (last === undefined || page.length < pageSize) break;
          before = placeOf(last);
        }
      }
    },
    countOriginals: (site, hours) => photos.countOriginals(site.id, hours),
    async countConversations(site, before) {
      let count = 0;
      for (const state of ["open", "closed"] as const) {
        // After every id of that moment: what is older.
        for (let at: InboxCursor = { lastAt: before, id: "~" }; ;) {
          const query = { site: site.id, state, before: at, limit: pageSize, now: clock.now() };
          const page = await conversations.list(query);
          count += page.length;
          const last = page.at(-1);
          if (last === undefined || page.length < pageSize) break;
          at = placeOf(last);
        }
      }
      return count;
    },
    // Only an address that reads its mail is one: what was typed into a chat proves nothing.
    async mailLink(site, address, addressH, url, { mails, language }) {
      if ((await parts.mail().exportPerson(site.id, addressH)) === null) return;
      const { subject, text, button } = mails.link;
      parts.mail().sendTransactional(site, address, {
        ...{ language, text, subject: fill(subject, { site: site.name }) },
        button: { label: button, url },
      });
    },
    async findOwner(site, id) {
      const found = await conversations.find(id);
      return found !== null && found.site === site.id ? found.visitor : null;
    },
    mailParent(site, address, token) {
      const { mails, language } = chooseWords(site.language);
      const { subject, text, button } = mails.parent;
      parts.mail().sendTransactional(site, address, {
        ...{ language, text, subject: fill(subject, { site: site.name }) },
        button: {
          label: button,
          url: new URL(`/privacy/me/parent/${token}`, parts.publicUrl).href,
        },
      });
      return Promise.resolve();
    },
    announcePolicy: (site, policy) =>
      mailKnown(site, ({ mails }, write, url) => {
        const values = { site: site.name, date: write.date(policy.effectiveAt), url };
        const subject = fill(mails.policy.subject, values);
        return { subject, text: fill(mails.policy.text, { ...values, changes: policy.changes }) };
      }),
    announceTransfer: (site, to, unlockedAt) =>
      mailKnown(site, ({ mails }, write, url) => {
        const values = { site: site.name, to, date: write.date(unlockedAt), url };
        return {
          subject: fill(mails.transfer.subject, values),
          text: fill(mails.transfer.text, values),
        };
      }),
    announceRecipient: (site, { name, country, purpose }, activeFrom) =>
      mailKnown(site, ({ mails }, write, url) => {
        const date = write.date(activeFrom);
        const values = { site: site.name, name, country, purpose, date, url };
        return {
          subject: fill(mails.recipient.subject, values),
          text: fill(mails.recipient.text, values),
        };
      }),
    async remind(request, act) {
      const site = await parts.getSite(request.site);
      if (site.controller.email === "") return;
      const words = chooseWords(site.language);
      const { subject, overdue, text } = words.mails.remind;
      const values = {
        site: site.name,
        type: words.requestTypes[request.type],
        date: writer(words, site.timeZone).date(request.dueAt),
      };
      parts.mail().sendTransactional(site, site.controller.email, {
        language: words.language,
        subject: fill(act === "overdue" ? overdue : subject, values),
        text: fill(text, values),
      });
    },
  };

  /** A service mail to every address that is known, each in its reader's language. */
  async function mailKnown(
    site: Site,
    write: (
      words: Words,
      writing: ReturnType<typeof writer>,
      policyUrl: string,
    ) => { subject: string; text: string },
  ): Promise<void> {
    const { subscribers, mailLater } = parts.mail();
    for (let after = ""; ;) {
      const page = await subscribers.listConfirmed(site.id, after, pageSize);
      for (const { address, language: theirs } of page) {
        const words = chooseWords(theirs, site.language);
        const { language } = words;
        const policy = `${paths.policy(encodeURIComponent(site.key))}?language=${language}`;
        const url = new URL(policy, parts.publicUrl).href;
        const mail = write(words, writer(words, site.timeZone), url);
        mailLater({ siteId: site.id, to: address, kind: "service", language, ...mail });
      }
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) break;
      after = last.addressH;
    }
  }
}
