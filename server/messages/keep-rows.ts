import type { ConversationStore } from "../conversations/conversation-store.js";
import type { MessageNote } from "../conversations/note-store.js";
import type { ConversationOwner } from "../conversations/open-conversation.js";
import { createRowDebts, type RowDebts } from "../conversations/row-debts.js";
import type { RowDebtStore } from "../conversations/row-debt-store.js";
import type { Clock } from "../infra/clock.js";
import type { Log } from "../infra/log.js";
import type { Site } from "../sites/site.js";
import { mendRows } from "./mend-rows.js";
import type { MessageStore } from "./message-store.js";

interface Deps {
  clock: Clock;
  log: Log;
  conversations: ConversationStore;
  messages: MessageStore;
  rowDebts: RowDebtStore;
  getSite(id: string): Promise<Site>;
  forgetOwner(conversationId: string): void;
  publish: {
    conversationChanged(site: string, visitorId: string, conversationId: string): void;
    conversationErased(site: string, visitorId: string, conversationId: string): void;
  };
}

export interface KeptRows extends RowDebts {
  /** Brings the row up to a stored message, soon. */
  noteMessage(note: MessageNote, owner: ConversationOwner): void;
}

/** Keeps conversations' rows up to their messages: behind the acknowledgement, and after a crash. */
export function keepRows(deps: Deps): KeptRows {
  const { conversations, messages, log } = deps;

  /** A message that met its conversation's erasure: nothing of it stays, in the store or on a screen. */
  function dropMessages(id: string): void {
    deps.forgetOwner(id);
    messages.remove(id).catch((error: unknown) => {
      log.error({ err: error }, "messages of an erased conversation are left");
    });
  }

  const debts = createRowDebts({
    debts: deps.rowDebts,
    clock: deps.clock,
    settle: () => conversations.settle(),
    mend: (conversations) => mendRows({ ...deps, dropMessages }, conversations),
  });
  return {
    ...debts,
    noteMessage(note, { site, visitor }) {
      conversations.noteMessage(note, () => {
        dropMessages(note.id);
        deps.publish.conversationErased(site, visitor, note.id);
      });
    },
  };
}
