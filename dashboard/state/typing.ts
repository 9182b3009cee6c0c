import { signal, type ReadonlySignal } from "@preact/signals";
import type { Typing } from "../../shared/wire.js";
import type { Ask } from "./ports.js";

/** A visitor's "typing" is forgotten after this long without news: the "off" may have been lost. */
const heardForMs = 8_000;
/** Ours is repeated this often while keys are pressed, and ends after this long without one. */
const repeatMs = 3_000;
const idleMs = 5_000;

export interface TypingWatch {
  /** Conversations whose visitor is typing. */
  visitors: ReadonlySignal<ReadonlySet<string>>;
  hear(typing: Typing): void;
  /** A key was pressed in the composer. */
  press(conversationId: string): void;
  /** Sent, emptied or left. */
  rest(conversationId: string): void;
}

/** Who is typing, on both sides. Nothing is stored and nothing is guaranteed. */
export function createTypingWatch(ask: Ask, now: () => number): TypingWatch {
  const visitors = signal<ReadonlySet<string>>(new Set());
  const forget = new Map<string, ReturnType<typeof setTimeout>>();
  const said = new Map<string, { at: number; idle: ReturnType<typeof setTimeout> }>();

  const setVisitor = (id: string, on: boolean): void => {
    clearTimeout(forget.get(id));
    forget.delete(id);
    const next = new Set(visitors.value);
    if (on) {
      next.add(id);
      forget.set(
        id,
        setTimeout(() => setVisitor(id, false), heardForMs),
      );
    } else next.delete(id);
    visitors.value = next;
  };

  const rest = (conversationId: string): void => {
    const last = said.get(conversationId);
    if (last === undefined) return;
    clearTimeout(last.idle);
    said.delete(conversationId);
    void ask("typing:set", { conversationId, on: false });
  };

  return {
    visitors,
    hear(typing) {
      if (typing.who === "visitor") setVisitor(typing.conversationId, typing.on);
    },
    press(conversationId) {
      const last = said.get(conversationId);
      if (last !== undefined) clearTimeout(last.idle);
      const due = last === undefined || now() - last.at >= repeatMs;
      const idle = setTimeout(() => rest(conversationId), idleMs);
      said.set(conversationId, { at: due ? now() : last.at, idle });
      if (due) void ask("typing:set", { conversationId, on: true });
    },
    rest,
  };
}
