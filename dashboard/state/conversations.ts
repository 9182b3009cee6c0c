import { batch, signal, type ReadonlySignal } from "@preact/signals";
import { limits } from "../../shared/limits.js";
import type { Conversation, Message } from "../../shared/wire.js";
import {
  askForNewer,
  askForOlder,
  startLog,
  takeConversation,
  takeNewer,
  takeOlder,
  takePushed,
  type ConversationLog,
} from "./conversation-log.js";
import { mayRetry, type Failure } from "./outcome.js";
import type { Ask } from "./ports.js";

export interface OpenedConversation {
  log: ConversationLog;
  /** `loading` until the newest page came once. */
  state: "loading" | "ready" | "failed";
  failure: Failure | null;
  readingOlder: boolean;
}

export interface Conversations {
  opened: ReadonlySignal<ReadonlyMap<string, OpenedConversation>>;
  /** Reads the newest page, and from then on keeps up. `newest` is the seq the inbox knows, 0 if none. */
  open(conversationId: string, newest: number): void;
  readOlder(conversationId: string): Promise<void>;
  /** Reads one message again: the signed addresses of its photos have run out. */
  reread(conversationId: string, seq: number): Promise<Failure | null>;
  hearMessage(message: Message): void;
  hearConversation(conversation: Conversation): void;
  /** On connect, when the page becomes visible, when the network returns. */
  catchUpAll(): void;
  drop(conversationId: string): void;
}

/**
 * The conversations that were opened in this tab, each behind its cursor. `gone` is told of one that
 * was shown and is no longer there: its erasure was announced while this tab was away.
 */
export function createConversations(
  ask: Ask,
  heard: (message: Message) => void,
  gone: (conversationId: string) => void,
  retryMs = 2000,
): Conversations {
  const opened = signal<ReadonlyMap<string, OpenedConversation>>(new Map());
  /** Catch-ups under way; true when another was asked for meanwhile. */
  const running = new Map<string, boolean>();

  const change = (id: string, part: Partial<OpenedConversation>): void => {
    const known = opened.value.get(id);
    if (known !== undefined) opened.value = new Map(opened.value).set(id, { ...known, ...part });
  };

  const waiting = new Map<string, ReturnType<typeof setTimeout>>();
  const askSoon = (id: string): void => {
    clearTimeout(waiting.get(id));
    const timer = setTimeout(() => {
      waiting.delete(id);
      void catchUp(id);
    }, retryMs);
    waiting.set(id, timer);
  };

  const catchUp = async (id: string): Promise<void> => {
    if (running.has(id)) {
      running.set(id, true);
      return;
    }
    running.set(id, false);
    for (;;) {
      const known = opened.value.get(id);
      if (known === undefined) break;
      const outcome = await ask("messages:list", askForNewer(known.log, id));
      const now = opened.value.get(id);
      if (now === undefined) break;
      if (!outcome.ok) {
        if (outcome.code === "UNKNOWN_CONVERSATION" && now.state === "ready") gone(id);
        else
          change(id, { failure: outcome, state: now.state === "loading" ? "failed" : now.state });
        // Nobody else would ask again while the link lives.
        if (now.state === "ready" && mayRetry(outcome)) askSoon(id);
        break;
      }
      batch(() => {
        outcome.value.messages.forEach(heard);
        change(id, { log: takeNewer(now.log, outcome.value), failure: null });
      });
      if (outcome.value.more) continue;
      change(id, { state: "ready" });
      if (running.get(id) !== true) break;
      running.set(id, false);
    }
    running.delete(id);
  };

  return {
    opened,
    open(id, newest) {
      const known = opened.value.get(id);
      if (known === undefined)
        opened.value = new Map(opened.value).set(id, {
          log: startLog(newest, limits.pageSize),
          state: "loading",
          failure: null,
          readingOlder: false,
        });
      else if (known.state === "failed") change(id, { state: "loading", failure: null });
      void catchUp(id);
    },
    async readOlder(id) {
      const known = opened.value.get(id);
      const request = known && askForOlder(known.log, id, limits.pageSize);
      if (known === undefined || request === null || request === undefined) return;
      if (known.readingOlder) return;
      change(id, { readingOlder: true });
      const outcome = await ask("messages:list", request);
      const now = opened.value.get(id);
      if (now === undefined) return;
      if (!outcome.ok) change(id, { readingOlder: false, failure: outcome });
      else change(id, { readingOlder: false, log: takeOlder(now.log, request, outcome.value) });
    },
    async reread(id, seq) {
      const known = opened.value.get(id);
      if (known === undefined) return null;
      const request = { ...askForNewer(known.log, id), afterSeq: seq - 1 };
      const outcome = await ask("messages:list", request);
      if (!outcome.ok) return outcome;
      const now = opened.value.get(id);
      if (now !== undefined) change(id, { log: takeNewer(now.log, outcome.value) });
      return null;
    },
    hearMessage(message) {
      const known = opened.value.get(message.conversationId);
      if (known === undefined) return;
      const { log, gap } = takePushed(known.log, message);
      change(message.conversationId, { log });
      if (gap) void catchUp(message.conversationId);
    },
    hearConversation(conversation) {
      const known = opened.value.get(conversation.id);
      if (known === undefined) return;
      const { log, gap } = takeConversation(known.log, conversation);
      change(conversation.id, { log });
      if (gap) void catchUp(conversation.id);
    },
    catchUpAll() {
      for (const id of opened.value.keys()) void catchUp(id);
    },
    drop(id) {
      clearTimeout(waiting.get(id));
      const next = new Map(opened.value);
      next.delete(id);
      opened.value = next;
    },
  };
}
