import { batch, signal, type ReadonlySignal } from "@preact/signals";
import type { OperatorNews } from "../../shared/events.js";
import { makeId, makeOrderedId } from "../../shared/ids.js";
import type { Attachment, Message } from "../../shared/wire.js";
import { createComposer, type Composer, type DescribePhoto, type StartUpload } from "./composer.js";
import { createConversations, type Conversations } from "./conversations.js";
import { createInbox, type Inbox } from "./inbox.js";
import { createOutboxSender, type OutboxSender } from "./outbox-sender.js";
import type { Ask, Shelf } from "./ports.js";
import { createTypingWatch, type TypingWatch } from "./typing.js";
import { createDetailsWatch, type DetailsWatch } from "./visitor-details.js";

export interface DeskDeps {
  operatorId: string;
  ask: Ask;
  upload: (siteId: string, ...rest: Parameters<StartUpload>) => ReturnType<StartUpload>;
  describePhoto: DescribePhoto;
  shelf: Shelf;
  siteIds: () => string[];
  /** Most bytes of a photo. */
  uploadBytes: () => number;
  now: () => number;
  random: () => number;
  fillRandom: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array;
  /** The server ended the session. */
  ended: () => void;
}

/** One operator's working place: everything that follows the socket, in one order of wiring. */
export interface Desk {
  operatorId: string;
  connected: ReadonlySignal<boolean>;
  inbox: Inbox;
  conversations: Conversations;
  outbox: OutboxSender;
  composer: Composer;
  typing: TypingWatch;
  details: DetailsWatch;
  /** Conversations that were erased while they were on the screen. */
  erased: ReadonlySignal<ReadonlySet<string>>;
  open(conversationId: string): void;
  send(conversationId: string): void;
  markRead(conversationId: string): void;
  setState(conversationId: string, state: "open" | "closed"): Promise<string | null>;
  /** Asks for whatever follows the cursors: on connect, on return to the page. */
  catchUp(): void;
  heard: OperatorNews;
  up(): void;
  down(cut: boolean): void;
  /** Forgets what this browser kept for the operator. */
  forget(): void;
}

export function createDesk(deps: DeskDeps): Desk {
  const { ask, shelf, operatorId } = deps;
  const connected = signal(false);
  const erased = signal<ReadonlySet<string>>(new Set());
  const inbox = createInbox(ask, () => connected.value);
  const typing = createTypingWatch(ask, deps.now);
  const details = createDetailsWatch(ask);

  const outbox = createOutboxSender({
    ask,
    shelf,
    shelfKey: `porchlight_outbox:${operatorId}:`,
    sent: (message) => conversations.hearMessage(message),
    now: deps.now,
    random: deps.random,
  });
  const conversations = createConversations(
    ask,
    (message) => outbox.hearMessage(message),
    (conversationId) => drop(conversationId),
  );
  const composer = createComposer({
    upload: (request, progress) => {
      const siteId = inbox.find(request.conversationId)?.siteId ?? deps.siteIds()[0] ?? "";
      return deps.upload(siteId, request, progress);
    },
    describe: deps.describePhoto,
    shelf,
    shelfKey: `porchlight_draft:${operatorId}:`,
    makeId: () => makeId(deps.fillRandom),
    uploadBytes: deps.uploadBytes,
  });

  const marked = new Map<string, number>();
  const drop = (conversationId: string): void =>
    batch(() => {
      erased.value = new Set(erased.value).add(conversationId);
      inbox.drop(conversationId);
      conversations.drop(conversationId);
      details.drop(conversationId);
      composer.drop(conversationId);
      outbox.dropConversation(conversationId);
    });

  const catchUp = (): void => {
    for (const siteId of deps.siteIds()) {
      void inbox.refresh(siteId, "open");
      if (inbox.sites.value.get(siteId)?.closed.loaded === true)
        void inbox.refresh(siteId, "closed");
    }
    conversations.catchUpAll();
  };

  const hearMessage = (message: Message): void =>
    batch(() => {
      outbox.hearMessage(message);
      conversations.hearMessage(message);
      if (message.author.kind === "visitor")
        typing.hear({ conversationId: message.conversationId, who: "visitor", on: false });
    });

  return {
    operatorId,
    connected,
    inbox,
    conversations,
    outbox,
    composer,
    typing,
    details,
    erased,
    catchUp,
    open(conversationId) {
      conversations.open(conversationId, inbox.find(conversationId)?.conversation.lastSeq ?? 0);
      void details.read(conversationId);
    },
    send(conversationId) {
      const taken = composer.take(conversationId);
      if (taken === null) return;
      typing.rest(conversationId);
      const attachmentIds = taken.attachments.map((one) => one.id);
      const clientId = makeOrderedId(deps.fillRandom, deps.now());
      outbox.send({
        draft: { conversationId, clientId, text: taken.text, attachmentIds },
        photos: taken.attachments.map(placeOf),
      });
    },
    markRead(conversationId) {
      const log = conversations.opened.value.get(conversationId)?.log;
      const read = Math.max(
        log?.conversation?.readByOperator ?? 0,
        marked.get(conversationId) ?? 0,
      );
      if (log === undefined || log.high <= read || !connected.value) return;
      marked.set(conversationId, log.high);
      void ask("conversation:read", { conversationId, seq: log.high }).then((outcome) => {
        if (!outcome.ok) marked.delete(conversationId);
        else {
          conversations.hearConversation(outcome.value);
          inbox.hearConversation(outcome.value);
        }
      });
    },
    async setState(conversationId, state) {
      const event = state === "closed" ? "conversation:close" : "conversation:reopen";
      const outcome = await ask(event, { conversationId });
      if (!outcome.ok) return outcome.message;
      conversations.hearConversation(outcome.value);
      inbox.hearConversation(outcome.value);
      return null;
    },
    heard: {
      "message:sent": hearMessage,
      "conversation:changed": (row) =>
        batch(() => {
          if (erased.value.has(row.conversation.id)) return;
          inbox.hearRow(row);
          conversations.hearConversation(row.conversation);
          details.readSoon(row.conversation.id);
        }),
      "typing:changed": (heard) => typing.hear(heard),
      "page:viewed": ({ conversationId, view }) => details.hearPageView(conversationId, view),
      "conversation:erased": ({ conversationId }) => drop(conversationId),
      "session:ended": () => deps.ended(),
      "news:missed": () => catchUp(),
      // The link itself reconnects; nothing here is lost by it.
      "server:stopping": () => undefined,
    },
    up() {
      connected.value = true;
      outbox.connected();
      catchUp();
      for (const id of conversations.opened.value.keys()) void details.read(id);
    },
    down(cut) {
      connected.value = false;
      outbox.disconnected(cut);
    },
    forget() {
      outbox.clear();
      composer.clear();
    },
  };
}

function placeOf(attachment: Attachment): { width: number; height: number; placeholder: string } {
  const { width, height, placeholder } = attachment;
  return { width, height, placeholder };
}
