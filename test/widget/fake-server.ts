import type { Ack } from "../../shared/error-codes.js";
import type { Conversation, Message, MessageDraft, MessagesRequest } from "../../shared/wire.js";
import { limits } from "../../shared/limits.js";
import type {
  LinkEnd,
  LinkListener,
  VisitorEventName,
  VisitorLink,
  VisitorReply,
  VisitorRequest,
} from "../../widget/net/visitor-socket.js";
import type { Timing } from "../../widget/state/keep-connection.js";

/** Time that stands still until a test moves it. */
export class FakeTime implements Timing {
  at = 1_000_000;
  private timers = new Map<() => void, number>();
  now = (): number => this.at;
  random = (): number => 1;
  after = (ms: number, run: () => void): (() => void) => {
    const timer = () => run();
    this.timers.set(timer, this.at + ms);
    return () => this.timers.delete(timer);
  };
  async move(ms: number): Promise<void> {
    const end = this.at + ms;
    await settle();
    for (;;) {
      const due = [...this.timers].filter(([, at]) => at <= end).sort((a, b) => a[1] - b[1])[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.at = due[1];
      due[0]();
      await settle();
    }
    this.at = end;
    await settle();
  }
  get pending(): number {
    return this.timers.size;
  }
}

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
}

type Fault = "lost answer" | "cut" | "silent";

/** One conversation, kept as the real server does; faults are asked for by name. */
export class FakeServer {
  stored: Message[] = [];
  revision = 0;
  readByVisitor = 0;
  conversationId: string | null = null;
  tokens: string[] = [];
  drafts: MessageDraft[] = [];
  requests: MessagesRequest[] = [];
  profiles: unknown[] = [];
  /** What the next questions for messages are answered with. */
  listFaults: ("lost answer" | "STORE_UNAVAILABLE")[] = [];
  refusal: ({ ok: false } & Extract<Ack<never>, { ok: false }>) | null = null;
  handshakeRefusal: LinkEnd | null = null;
  faults: Fault[] = [];
  /** Conversations whose period is over. */
  gone = new Set<string>();
  up = true;
  opens = 0;
  listener: LinkListener | null = null;
  private isOpen = false;
  private readonly time: FakeTime;
  private readonly token: () => string;

  constructor(time: FakeTime, token: () => string) {
    this.time = time;
    this.token = token;
  }

  get conversation(): Conversation {
    return {
      id: this.conversationId ?? "",
      state: "open",
      lastSeq: this.stored.at(-1)?.seq ?? 0,
      revision: this.revision,
      readByVisitor: this.readByVisitor,
      readByOperator: 0,
      createdAt: 1,
    };
  }

  link(listener: LinkListener): VisitorLink {
    this.listener = listener;
    return {
      open: () => {
        this.opens += 1;
        setImmediate(() => {
          if (this.handshakeRefusal) listener.ended(this.handshakeRefusal);
          else if (!this.up) listener.ended({ code: null, retryAfterMs: 0 });
          else {
            this.isOpen = true;
            this.tokens.push(this.token());
            listener.opened();
          }
        });
      },
      close: () => this.cut(),
      call: (name, request) => this.answer(name, request),
    };
  }

  /** The network ends the link. */
  cut(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.listener?.ended({ code: null, retryAfterMs: 0 });
  }

  /** Another side writes; `tell` is whether the event arrives. */
  operatorWrites(text: string, tell = true): Message {
    const message = this.store(
      { conversationId: this.conversationId ?? "", clientId: `op${this.stored.length}`, text },
      { kind: "operator", id: "o", name: "Ada" },
    );
    if (tell && this.isOpen) this.listener?.hear["message:sent"](message);
    return message;
  }

  private store(
    draft: Pick<MessageDraft, "conversationId" | "clientId" | "text">,
    author: Message["author"],
  ): Message {
    const known = this.stored.find((one) => one.clientId === draft.clientId);
    if (known) return known;
    this.revision += 1;
    const message: Message = {
      ...draft,
      seq: (this.stored.at(-1)?.seq ?? 0) + 1,
      author,
      attachments: [],
      sentAt: this.time.now(),
      revision: 0,
    };
    this.stored.push(message);
    return message;
  }

  private async answer<E extends VisitorEventName>(
    name: E,
    request: VisitorRequest<E>,
  ): Promise<Ack<VisitorReply<E>>> {
    await new Promise((done) => setImmediate(done));
    if (!this.isOpen) throw new Error("the link ended");
    const value = this.handle(name, request);
    const fault = name === "message:send" ? this.faults.shift() : undefined;
    if (fault === "cut") this.cut();
    if (fault) throw new Error(fault);
    return value as Ack<VisitorReply<E>>;
  }

  private handle(name: VisitorEventName, request: unknown): Ack<unknown> {
    switch (name) {
      case "session:resume":
        return {
          ok: true,
          value: {
            presence: { operatorsOnline: true },
            profile: { name: "", email: "" },
            conversations: this.conversationId === null ? [] : [this.conversation],
          },
        };
      case "message:send": {
        const draft = request as MessageDraft;
        this.drafts.push(draft);
        if (this.refusal) return this.refusal;
        if (this.gone.has(draft.conversationId))
          return { ok: false, code: "UNKNOWN_CONVERSATION", message: "" };
        if (this.faults[0] === "cut") return { ok: false, code: "INTERNAL", message: "" };
        this.conversationId ??= draft.conversationId;
        return { ok: true, value: this.store(draft, { kind: "visitor" }) };
      }
      case "messages:list": {
        const asked = request as MessagesRequest;
        this.requests.push(asked);
        const fault = this.listFaults.shift();
        if (fault === "lost answer") throw new Error(fault);
        if (fault !== undefined) return { ok: false, code: fault, message: "" };
        const messages = this.stored
          .filter((one) => one.seq > asked.afterSeq)
          .slice(0, limits.pageSize);
        const more = messages.length === limits.pageSize;
        const coveredTo = more ? (messages.at(-1)?.seq ?? 0) : this.conversation.lastSeq;
        return {
          ok: true,
          value: { conversation: this.conversation, messages, changed: [], coveredTo, more },
        };
      }
      case "conversation:read":
        this.revision += 1;
        this.readByVisitor = (request as { seq: number }).seq;
        return { ok: true, value: this.conversation };
      case "profile:save":
        this.profiles.push(request);
        return { ok: true, value: request };
      case "typing:set":
        return { ok: true, value: null };
    }
  }
}
