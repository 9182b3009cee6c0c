import type { Ack } from "./error-codes.js";
import type { ConsentState } from "./consent.js";
import type {
  Conversation,
  InboxPage,
  InboxRequest,
  InboxRow,
  Message,
  MessageDraft,
  MessagesPage,
  MessagesRequest,
  PageView,
  Presence,
  Profile,
  Typing,
  VisitorDetails,
  VisitorSession,
} from "./wire.js";

type Reply<T> = (reply: Ack<T>) => void;

export interface ReadMark {
  conversationId: string;
  seq: number;
}

/** What a visitor's panel says. Each is acknowledged; an `ok` means stored. */
export interface VisitorEvents {
  "session:resume": (request: Record<string, never>, ack: Reply<VisitorSession>) => void;
  "message:send": (draft: MessageDraft, ack: Reply<Message>) => void;
  "messages:list": (request: MessagesRequest, ack: Reply<MessagesPage>) => void;
  "conversation:read": (mark: ReadMark, ack: Reply<Conversation>) => void;
  "typing:set": (typing: { conversationId: string; on: boolean }, ack: Reply<null>) => void;
  "profile:save": (profile: Profile, ack: Reply<Profile>) => void;
}

/** What a visitor's panel hears. Events are hints: the cursor is the guarantee. */
export interface VisitorNews {
  "message:sent": (message: Message) => void;
  "conversation:changed": (conversation: Conversation) => void;
  "typing:changed": (typing: Typing) => void;
  "presence:changed": (presence: Presence) => void;
  "consent:changed": (consent: ConsentState) => void;
  /** Erased: take it off the screen. */
  "conversation:erased": (payload: { conversationId: string }) => void;
  /** The token ended (another tab forgot this device, or an erasure): drop everything local. */
  "token:revoked": (payload: Record<string, never>) => void;
  /** The server is stopping: reconnect after this many milliseconds, spread at random. */
  "server:stopping": (payload: { reconnectWithinMs: number }) => void;
  /** News may have been missed (nodes were parted): within this time, at a random moment, ask by the cursors as after a reconnect. */
  "news:missed": (payload: { withinMs: number }) => void;
}

/** What the dashboard says. */
export interface OperatorEvents {
  "inbox:list": (request: InboxRequest, ack: Reply<InboxPage>) => void;
  "message:send": (draft: MessageDraft, ack: Reply<Message>) => void;
  "messages:list": (request: MessagesRequest, ack: Reply<MessagesPage>) => void;
  "conversation:read": (mark: ReadMark, ack: Reply<Conversation>) => void;
  "conversation:close": (request: { conversationId: string }, ack: Reply<Conversation>) => void;
  "conversation:reopen": (request: { conversationId: string }, ack: Reply<Conversation>) => void;
  "typing:set": (typing: { conversationId: string; on: boolean }, ack: Reply<null>) => void;
  "visitor:get": (request: { conversationId: string }, ack: Reply<VisitorDetails>) => void;
}

/** What the dashboard hears. */
export interface OperatorNews {
  "message:sent": (message: Message) => void;
  /** A conversation is new, or its row changed (state, read marks, last line, who is on line). */
  "conversation:changed": (row: InboxRow) => void;
  "typing:changed": (typing: Typing) => void;
  "page:viewed": (payload: { conversationId: string; view: PageView }) => void;
  /** Erased: take it off every screen. */
  "conversation:erased": (payload: { conversationId: string }) => void;
  "session:ended": (payload: Record<string, never>) => void;
  "server:stopping": (payload: { reconnectWithinMs: number }) => void;
  "news:missed": (payload: { withinMs: number }) => void;
}
