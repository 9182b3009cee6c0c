import type { ErrorCode } from "../../shared/error-codes.js";
import type { LinkEnd, VisitorLink } from "../net/visitor-socket.js";
import { backOffMs } from "../../shared/back-off.js";
import type { ChatState } from "./chat-state.js";

/** Time as the state sees it: a test hands in its own. */
export interface Timing {
  now: () => number;
  random: () => number;
  /** Returns what cancels it. */
  after: (ms: number, run: () => void) => () => void;
}

/** A hidden tab gives its socket back after this long; the cursor catches up later. */
export const hiddenMs = 5 * 60_000;

export interface Connection {
  /** The panel was opened, or a conversation goes on: from now on there should be a link. */
  want: () => void;
  /** No link until wanted again. */
  unwant: () => void;
  /** A reason to believe that the network is back: try now. */
  nudge: () => void;
  /** Ends the link and opens it again, with new credentials. */
  renew: () => void;
  setHidden: (hidden: boolean) => void;
  /** The link stands but does not answer: end it and come back after a pause. */
  renewSoon: () => void;
  /** Wired to the link's listener. */
  opened: () => void;
  ended: (end: LinkEnd) => void;
  /** The server has answered: the next pause begins small again. */
  settled: () => void;
  /** The server stops: come back elsewhere, at a random moment within `ms`. */
  spread: (ms: number) => void;
  destroy: () => void;
}

/** Codes after which trying again is pointless; `stopped` tells why. */
const final: readonly ErrorCode[] = [
  "ORIGIN_REFUSED",
  "UNKNOWN_SITE",
  "CLIENT_OUTDATED",
  "TOKEN_REVOKED",
  "TOKEN_INVALID",
];

export function keepConnection(
  link: () => VisitorLink,
  state: ChatState,
  timing: Timing,
  stopped: (code: ErrorCode) => void,
): Connection {
  let wanted = false;
  let asleep = false;
  let attempt = 0;
  let cancelRetry = (): void => {};
  let cancelSleep = (): void => {};

  const open = (): void => {
    cancelRetry();
    if (!wanted || asleep) return;
    if (state.connection.value === "open" || state.connection.value === "connecting") return;
    state.connection.value = "connecting";
    link().open();
  };
  const close = (): void => {
    cancelRetry();
    state.connection.value = "idle";
    link().close();
  };
  const retryIn = (ms: number): void => {
    cancelRetry();
    state.connection.value = "waiting";
    cancelRetry = timing.after(ms, open);
  };
  const wake = (): void => {
    cancelSleep();
    attempt = 0;
    if (asleep || state.connection.value === "waiting") {
      asleep = false;
      open();
    }
  };

  return {
    want() {
      wanted = true;
      open();
    },
    unwant() {
      wanted = false;
      close();
    },
    nudge: wake,
    renew() {
      close();
      open();
    },
    renewSoon() {
      if (state.connection.value !== "open") return;
      close();
      retryIn(backOffMs(attempt, timing.random));
      attempt += 1;
    },
    setHidden(hidden) {
      cancelSleep();
      if (!hidden) {
        wake();
        return;
      }
      cancelSleep = timing.after(hiddenMs, () => {
        asleep = true;
        close();
      });
    },
    opened() {
      state.connection.value = "open";
    },
    settled() {
      attempt = 0;
    },
    ended(end) {
      // Closed by us: `close` has said so before.
      if (state.connection.value === "idle") return;
      if (end.code !== null && final.includes(end.code)) {
        wanted = false;
        state.connection.value = "idle";
        stopped(end.code);
        return;
      }
      // While a restart's spread is under way its timer stands.
      if (state.connection.value === "waiting") return;
      retryIn(Math.max(end.retryAfterMs, backOffMs(attempt, timing.random)));
      attempt += 1;
    },
    spread(ms) {
      cancelRetry();
      // Until then everything goes on as before.
      cancelRetry = timing.after(timing.random() * ms, () => {
        if (state.connection.value === "open") close();
        open();
      });
    },
    destroy() {
      cancelSleep();
      wanted = false;
      close();
    },
  };
}
