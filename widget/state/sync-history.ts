import { errorCodes } from "../../shared/error-codes.js";
import type { Conversation, Message, MessagesRequest, VisitorSession } from "../../shared/wire.js";
import type { VisitorLink } from "../net/visitor-socket.js";
import type { ChatState } from "./chat-state.js";
import {
  earlierRequest,
  mergeConversation,
  mergeMessage,
  mergePage,
  nextRequest,
  openTimeline,
} from "./timeline.js";

/** Keeps the timeline whole. Events are hints; what follows the cursor is asked for. */
export interface HistorySync {
  /** Says who we are and asks for what is new. Called on every opening and every awakening. */
  resume: () => Promise<void>;
  messageArrived: (message: Message) => void;
  conversationChanged: (conversation: Conversation) => void;
  /** Older messages, for a reader who scrolled to the top. */
  loadEarlier: () => Promise<void>;
  /** Everything on screen once more: photos' addresses are signed for an hour or two. */
  reload: () => Promise<void>;
}

/** `behind` is told when no answer came on a link that lives: nobody else would ask again. */
export function syncHistory(
  link: () => VisitorLink,
  state: ChatState,
  behind: () => void,
): HistorySync {
  let running: Promise<boolean> | null = null;
  let again = false;

  /** False where the answer is still to come. */
  const catchUpOnce = async (): Promise<boolean> => {
    for (;;) {
      const before = state.timeline.value;
      const request = before && nextRequest(before);
      if (!request) return true;
      const reply = await link().call("messages:list", request);
      if (!reply.ok) return errorCodes[reply.code] === "never";
      const current = state.timeline.value;
      if (current?.conversation.id !== request.conversationId) return true;
      const { to, revision } = (state.timeline.value = mergePage(current, request, reply.value));
      // An answer that moves no cursor would be asked for for ever.
      if (to === current.to && revision === current.revision) return true;
    }
  };

  const rounds = async (): Promise<boolean> => {
    let whole;
    do {
      again = false;
      // The link ended, or the answer was lost: as good as none.
      whole = await catchUpOnce().catch(() => false);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- `catchUp` sets it meanwhile
    } while (again && whole);
    running = null;
    if (!whole) behind();
    return whole;
  };
  /** One at a time; a reason that comes meanwhile makes one more round. */
  const catchUp = (): Promise<boolean> => {
    again = true;
    return (running ??= rounds());
  };

  /** One page outside the catching up. Returns up to where it answered; 0 for no answer. */
  const ask = async (request: MessagesRequest): Promise<number> => {
    try {
      const reply = await link().call("messages:list", request);
      const current = state.timeline.value;
      if (!reply.ok || current?.conversation.id !== request.conversationId) return 0;
      state.timeline.value = mergePage(current, request, reply.value);
      return reply.value.coveredTo;
    } catch {
      return 0;
    }
  };

  const takeSession = (session: VisitorSession): void => {
    state.presence.value = session.presence;
    state.profile.value = session.profile;
    const newest = session.conversations[0];
    const known = state.timeline.value;
    if (!newest) state.timeline.value = null;
    else if (known?.conversation.id === newest.id)
      state.timeline.value = mergeConversation(known, newest);
    else state.timeline.value = openTimeline(newest);
  };

  const resume = async (): Promise<void> => {
    const reply = await link().call("session:resume", {});
    if (reply.ok) takeSession(reply.value);
    if (!reply.ok || !(await catchUp())) throw new Error();
  };

  return {
    resume,
    messageArrived(message) {
      const known = state.timeline.value;
      if (known?.conversation.id !== message.conversationId) {
        if (known && known.conversation.createdAt > message.sentAt) return;
        // Begun in this tab or another one: from its first message on it is known whole.
        state.timeline.value = {
          ...openTimeline(conversationOf(message)),
          from: 0,
          to: 0,
        };
      }
      const current = state.timeline.value;
      if (!current) return;
      const { timeline, gap } = mergeMessage(current, message);
      state.timeline.value = timeline;
      if (gap) void catchUp();
    },
    conversationChanged(conversation) {
      const known = state.timeline.value;
      if (known?.conversation.id !== conversation.id) return;
      state.timeline.value = mergeConversation(known, conversation);
      void catchUp();
    },
    async loadEarlier() {
      const request = state.timeline.value && earlierRequest(state.timeline.value);
      if (request) await ask(request);
    },
    async reload() {
      const known = state.timeline.value;
      if (!known) return;
      let afterSeq = known.from;
      while (afterSeq < known.to) {
        const covered = await ask({
          conversationId: known.conversation.id,
          afterSeq,
          afterRevision: known.revision,
        });
        if (covered <= afterSeq) return;
        afterSeq = covered;
      }
    },
  };
}

/** All that a lone message tells about its conversation; the server's own word follows. */
function conversationOf(message: Message): Conversation {
  return {
    id: message.conversationId,
    state: "open",
    lastSeq: message.seq,
    revision: 0,
    readByVisitor: 0,
    readByOperator: 0,
    createdAt: message.sentAt,
  };
}
