import { randomFillSync } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import { errorCodes, type Ack, type ErrorCode } from "../../shared/error-codes.js";
import { makeOrderedId } from "../../shared/ids.js";
import { PROTOCOL_VERSION, SOCKET_PATH } from "../../shared/protocol.js";
import type {
  Conversation,
  InboxCursor,
  InboxPage,
  InboxRow,
  Message,
  MessageDraft,
  MessagesPage,
  VisitorSession,
} from "../../shared/wire.js";

/** How a client of the test is made: plain data, so that another process can make it. */
export interface ClientOptions {
  /** Addresses of nodes; the next one is tried when one fails. */
  urls: string[];
  visitor: { site: string; token: string } | null;
  operator: { site: string; cookie: string; origin: string } | null;
  /** Milliseconds until an answer counts as lost. */
  ackMs: number;
  /** Broken links with the same message under way until it is held as failed. */
  holdAfter: number;
}

export interface Acknowledged {
  conversationId: string;
  clientId: string;
  seq: number;
}

export interface ReliableClient {
  send(conversationId: string, text: string, attachmentIds?: string[]): string;
  acknowledged: Acknowledged[];
  failed: { clientId: string; code: ErrorCode | "HELD" }[];
  /** Codes with which a message was refused that is tried again. */
  refusals: Set<ErrorCode>;
  /**
   * How often a place showed one message and later another, which must never be. Conversations that were
   * erased are not asked: what is on its way then may take the place of what is gone, until it goes, too.
   */
  conflicts(): number;
  /** What this screen shows of a conversation, by seq. */
  shown(conversationId: string): Message[];
  waiting(): number;
  /** What the outbox holds. */
  pending(): { conversationId: string; clientId: string }[];
  online(): boolean;
  /** The address that it is, or was last, connected to. */
  url(): string;
  /** How often a link was opened. */
  opened(): number;
  /** Where it stands, for whoever reads a fault that failed. */
  describe(): string;
  socket(): Socket | null;
  stop(): void;
}

interface Screen {
  messages: Map<number, Message>;
  cursor: number;
  revision: number;
  asking: boolean;
  askAgain: boolean;
}

interface Outgoing {
  draft: MessageDraft;
  breaks: number;
}

/** Written from docs/delivery.md and nothing else: outbox, cursors, full jitter. */
export function openReliableClient(options: ClientOptions): ReliableClient {
  const screens = new Map<string, Screen>();
  const outboxes = new Map<string, Outgoing[]>();
  const busy = new Set<string>();
  const acknowledged: Acknowledged[] = [];
  const failed: ReliableClient["failed"] = [];
  /** Nothing of them is ever shown again. */
  const erased = new Set<string>();
  const refusals = new Set<ErrorCode>();
  /** By conversation. */
  const conflicts = new Map<string, number>();
  /** One page at a time: what is asked for at once waits in the server for this reader. */
  let asked = Promise.resolve();
  let socket: Socket | null = null;
  let url = "";
  let turn = 0;
  let tries = 0;
  let opened = 0;
  /** Why the last link was not opened or did not last. */
  let lastBreak = "";
  let stopped = false;
  /** Why this client may never come back. */
  let over: ErrorCode | null = null;
  let timer: NodeJS.Timeout | undefined;
  let lookTimer: NodeJS.Timeout | undefined;

  const screenOf = (id: string): Screen => {
    const known = screens.get(id);
    if (known !== undefined) return known;
    const fresh = { messages: new Map(), cursor: 0, revision: 0, asking: false, askAgain: false };
    screens.set(id, fresh);
    return fresh;
  };
  const jitter = () => Math.random() * Math.min(2000, 50 * 2 ** tries);

  function open(): void {
    if (stopped) return;
    url = options.urls[turn % options.urls.length] ?? "";
    turn += 1;
    const { visitor, operator } = options;
    const mine = io(`${url}/${visitor === null ? "operator" : "visitor"}`, {
      path: SOCKET_PATH,
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
      timeout: 3000,
      ...(visitor === null
        ? { extraHeaders: { origin: operator?.origin ?? "", cookie: operator?.cookie ?? "" } }
        : {
            query: { site: visitor.site, v: String(PROTOCOL_VERSION) },
            auth: { token: visitor.token },
            extraHeaders: { "sec-fetch-site": "same-origin" },
          }),
    });
    socket = mine;
    mine.on("connect", () => {
      tries = 0;
      opened += 1;
      void look(mine);
      for (const id of outboxes.keys()) void flush(id);
    });
    const again = () => {
      if (socket !== mine || stopped) return;
      socket = null;
      mine.disconnect();
      for (const [id, queue] of outboxes) if (busy.has(id) && queue[0]) queue[0].breaks += 1;
      tries += 1;
      timer = setTimeout(open, jitter());
    };
    mine.on("connect_error", (error: Error & { data?: { code?: ErrorCode } }) => {
      lastBreak = error.data?.code ?? error.message;
      if (error.data?.code === "TOKEN_REVOKED") end("TOKEN_REVOKED");
      else again();
    });
    mine.on("token:revoked", () => end("TOKEN_REVOKED"));
    mine.on("conversation:erased", ({ conversationId }: { conversationId: string }) =>
      forget(conversationId),
    );
    mine.on("disconnect", (reason) => {
      lastBreak = reason;
      again();
    });
    mine.on("message:sent", heardMessage);
    mine.on("conversation:changed", (changed: Conversation | InboxRow) => {
      const conversation = "conversation" in changed ? changed.conversation : changed;
      if (conversation.lastSeq > screenOf(conversation.id).cursor) ask(conversation.id);
    });
    mine.on("server:stopping", ({ reconnectWithinMs }: { reconnectWithinMs: number }) => {
      setTimeout(() => mine.disconnect(), Math.random() * reconnectWithinMs);
    });
    mine.on("news:missed", ({ withinMs }: { withinMs: number }) => {
      clearTimeout(lookTimer);
      lookTimer = setTimeout(() => {
        if (mine.connected) void look(mine);
      }, Math.random() * withinMs);
    });
  }

  /** For good: what was not sent is shown as such, and nothing is tried again. */
  function end(code: ErrorCode): void {
    over = code;
    stop();
    for (const queue of outboxes.values())
      for (const { draft } of queue.splice(0)) failed.push({ clientId: draft.clientId, code });
    for (const id of screens.keys()) forget(id);
  }

  function stop(): void {
    stopped = true;
    clearTimeout(timer);
    clearTimeout(lookTimer);
    socket?.disconnect();
  }

  function forget(id: string): void {
    erased.add(id);
    conflicts.delete(id);
    screens.delete(id);
  }

  async function call<T>(event: string, payload: unknown): Promise<Ack<T> | null> {
    const mine = socket;
    if (mine?.connected !== true) return null;
    return new Promise((resolve) => {
      const end = (reply: Ack<T> | null) => {
        clearTimeout(lost);
        mine.off("disconnect", gone);
        resolve(reply);
      };
      const gone = () => end(null);
      const lost = setTimeout(gone, options.ackMs);
      mine.once("disconnect", gone);
      mine.emit(event, payload, end);
    });
  }

  /** What a client does whenever it may have missed something. */
  async function look(mine: Socket): Promise<void> {
    const ids = new Set(screens.keys());
    if (options.visitor !== null) {
      const session = await call<VisitorSession>("session:resume", {});
      if (session?.ok === true) for (const { id } of session.value.conversations) ids.add(id);
      else if (socket === mine) setTimeout(() => void look(mine), 200);
    } else {
      let before: InboxCursor | null = null;
      do {
        const page: Ack<InboxPage> | null = await call<InboxPage>("inbox:list", {
          siteId: options.operator?.site,
          state: "open",
          before,
        });
        if (page?.ok !== true) {
          if (socket === mine) setTimeout(() => void look(mine), 200);
          break;
        }
        for (const row of page.value.rows) ids.add(row.conversation.id);
        const last: InboxRow | undefined = page.value.rows.at(-1);
        before = null;
        if (page.value.more && last !== undefined)
          before = { lastAt: last.lastAt, id: last.conversation.id };
      } while (before !== null);
    }
    for (const id of ids) ask(id);
  }

  function ask(id: string): void {
    if (erased.has(id)) return;
    const screen = screenOf(id);
    if (screen.asking) {
      screen.askAgain = true;
      return;
    }
    screen.asking = true;
    asked = asked.then(() => askNow(id, screen));
  }

  async function askNow(id: string, screen: Screen): Promise<void> {
    for (let more = true; more;) {
      screen.askAgain = false;
      const page = await call<MessagesPage>("messages:list", {
        conversationId: id,
        afterSeq: screen.cursor,
        afterRevision: screen.revision,
      });
      if (page?.ok !== true) {
        // One that this screen showed is gone; one that is about to begin is not there yet.
        if (page?.code === "UNKNOWN_CONVERSATION" && screen.cursor > 0) forget(id);
        // No answer in time on a link that lives is no answer: whoever does not ask again stays behind.
        if ((page === null || errorCodes[page.code] === "later") && socket?.connected === true)
          setTimeout(() => ask(id), 200);
        break;
      }
      for (const message of [...page.value.changed, ...page.value.messages]) take(screen, message);
      screen.cursor = Math.max(screen.cursor, page.value.coveredTo);
      screen.revision = Math.max(screen.revision, page.value.conversation.revision);
      more = page.value.more || screen.askAgain;
    }
    screen.asking = false;
  }

  function take(screen: Screen, message: Message): void {
    const known = screen.messages.get(message.seq);
    if (known !== undefined && known.clientId !== message.clientId) {
      const id = message.conversationId;
      conflicts.set(id, (conflicts.get(id) ?? 0) + 1);
    }
    if (known === undefined || known.revision < message.revision)
      screen.messages.set(message.seq, message);
  }

  function heardMessage(message: Message): void {
    if (erased.has(message.conversationId)) return;
    const screen = screenOf(message.conversationId);
    take(screen, message);
    if (message.seq === screen.cursor + 1) screen.cursor = message.seq;
    else if (message.seq > screen.cursor) ask(message.conversationId);
  }

  async function flush(id: string): Promise<void> {
    if (busy.has(id)) return;
    busy.add(id);
    const queue = outboxes.get(id) ?? [];
    let wait = 0;
    for (let next = queue[0]; next !== undefined && wait === 0; next = queue[0]) {
      if (next.breaks >= options.holdAfter) {
        queue.shift();
        failed.push({ clientId: next.draft.clientId, code: "HELD" });
        continue;
      }
      const reply = await call<Message>("message:send", next.draft);
      // Ended meanwhile: the queue was emptied.
      if (queue[0] !== next) break;
      if (reply === null) wait = jitter() + 20;
      else if (reply.ok) {
        queue.shift();
        const { conversationId, clientId, seq } = reply.value;
        acknowledged.push({ conversationId, clientId, seq });
        heardMessage(reply.value);
      } else if (errorCodes[reply.code] === "later") {
        refusals.add(reply.code);
        wait = Math.min(1000, (reply.retryAfter ?? 0.2) * 1000 * Math.random()) + 20;
      } else {
        queue.shift();
        failed.push({ clientId: next.draft.clientId, code: reply.code });
      }
    }
    busy.delete(id);
    if (wait > 0 && !stopped) setTimeout(() => void flush(id), wait);
  }

  open();
  return {
    acknowledged,
    failed,
    refusals,
    conflicts: () => [...conflicts.values()].reduce((sum, count) => sum + count, 0),
    send(conversationId, text, attachmentIds = []) {
      const clientId = makeOrderedId((bytes) => randomFillSync(bytes), Date.now());
      if (over !== null) {
        failed.push({ clientId, code: over });
        return clientId;
      }
      if (!erased.has(conversationId)) screenOf(conversationId);
      const queue = outboxes.get(conversationId) ?? [];
      outboxes.set(conversationId, queue);
      queue.push({ draft: { conversationId, clientId, text, attachmentIds }, breaks: 0 });
      void flush(conversationId);
      return clientId;
    },
    shown: (id) => [...(screens.get(id)?.messages.values() ?? [])].sort((a, b) => a.seq - b.seq),
    pending: () =>
      [...outboxes.values()].flatMap((queue) =>
        queue.map(({ draft: { conversationId, clientId } }) => ({ conversationId, clientId })),
      ),
    waiting: () => [...outboxes.values()].reduce((sum, queue) => sum + queue.length, 0),
    online: () => socket?.connected === true,
    url: () => url,
    opened: () => opened,
    describe() {
      const who = options.visitor === null ? "operator" : "visitor";
      const there = socket?.connected === true ? "at" : "not at";
      const queues = [...outboxes].filter(([, queue]) => queue.length > 0);
      const waiting = queues.map(([id, queue]) => `${queue.length}${busy.has(id) ? " busy" : ""}`);
      return `${who} ${there} ${url}, opened ${opened}, tries ${tries}, last break "${lastBreak}", refused ${[...refusals].join()}, outboxes ${waiting.join()}`;
    },
    socket: () => socket,
    stop,
  };
}
