import type { Ack, ErrorCode } from "../../shared/error-codes.js";
import { refuse, toErrorBody, toRefusal } from "../errors.js";
import type { Log } from "../infra/log.js";

/** What an event's handler gets beside its payload. */
export interface Call {
  /** Runs after the acknowledgement went out: what is published never overtakes it. */
  afterAck(publish: () => void): void;
}

/** Parses what came (anything at all), calls one verb, answers with what is acknowledged. */
export type Handler<Context, Value> = (
  context: Context,
  payload: unknown,
  call: Call,
) => Promise<Value>;

type ReplyOf<Listener> = Listener extends (
  payload: never,
  ack: (reply: infer Reply) => void,
) => void
  ? Reply
  : never;
type ValueOf<Reply> = Reply extends Ack<infer Value> ? Value : never;

/** A handler for each event of a map, no more and no less. */
export type Handlers<Events, Context> = {
  [Event in keyof Events]: Handler<Context, ValueOf<ReplyOf<Events[Event]>>>;
};

/** The handlers of a kind of socket by the name of their event. */
export type HandlerTable<Context> = ReadonlyMap<string, Handler<Context, unknown>>;

/** Made once for all sockets of a kind. */
export function tableOf<Events, Context>(
  handlers: Handlers<Events, Context>,
): HandlerTable<Context> {
  return new Map(Object.entries<Handler<Context, unknown>>(handlers));
}

/** As much of a Socket.IO socket as is needed: one listener for all events keeps idle sockets small. */
interface AnySocket {
  onAny(listener: (event: string, ...args: unknown[]) => void): unknown;
  disconnect(close: boolean): unknown;
}

/** What all sockets are doing. */
export interface Work {
  /** Handlers that are running: a clean stop waits for them. */
  running: number;
}

function isAck(value: unknown): value is (reply: Ack<unknown>) => void {
  return typeof value === "function";
}

/** Refusals that say something is wrong here, not there. */
const ours = new Set<ErrorCode>(["INTERNAL", "STORE_UNAVAILABLE"]);

/** Events of one socket that are handled at one moment: the next ones wait, other sockets do not. */
const MOST_AT_ONCE = 32;
/** A socket with more events waiting is cut: no client of ours asks so much before it has an answer. */
const MOST_WAITING = 256;

/**
 * Answers every event of a socket through its acknowledgement: with a value, or with a coded
 * refusal, whatever was sent. An event without an acknowledgement is handled all the same; an
 * unknown one is refused. The connection stays, unless it asks without end.
 */
export function answerEvents<Context>(
  socket: AnySocket,
  context: Context,
  table: HandlerTable<Context>,
  deps: { log: Log; work: Work },
): void {
  let running = 0;
  let waiting: [string, unknown[]][] = [];

  /** Never rejects. */
  async function answer(event: string, args: unknown[]): Promise<void> {
    const last = args.at(-1);
    const ack = isAck(last) ? last : null;
    const published: (() => void)[] = [];
    try {
      const handler = table.get(event);
      if (handler === undefined)
        throw refuse("BAD_REQUEST", { message: "There is no such event." });
      const payload = ack !== null && args.length === 1 ? undefined : args[0];
      const value = await handler(context, payload, {
        afterAck: (publish) => published.push(publish),
      });
      ack?.({ ok: true, value });
    } catch (error) {
      if (ours.has(toRefusal(error).code)) deps.log.error({ err: error, event }, "event failed");
      ack?.({ ok: false, ...toErrorBody(error) });
    }
    try {
      for (const publish of published) publish();
    } catch (error) {
      // Acknowledged all the same: screens that were not told ask by their cursors.
      deps.log.error({ err: error, event }, "publishing failed");
    }
    running -= 1;
    deps.work.running -= 1;
    const next = waiting.shift();
    if (next !== undefined) begin(...next);
  }
  function begin(event: string, args: unknown[]): void {
    running += 1;
    deps.work.running += 1;
    void answer(event, args);
  }

  socket.onAny((event, ...args) => {
    if (running < MOST_AT_ONCE) begin(event, args);
    else if (waiting.length < MOST_WAITING) waiting.push([event, args]);
    else {
      deps.log.warn({ event }, "a socket asked without end and was cut");
      waiting = [];
      socket.disconnect(true);
    }
  });
}
