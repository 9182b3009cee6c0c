import { signal, type ReadonlySignal } from "@preact/signals";
import type { PageView, VisitorDetails } from "../../shared/wire.js";
import type { Failure } from "./outcome.js";
import type { Ask } from "./ports.js";

export interface DetailsWatch {
  details: ReadonlySignal<ReadonlyMap<string, VisitorDetails | Failure>>;
  read(conversationId: string): Promise<void>;
  /** Something changed: reads again soon, once for many changes. */
  readSoon(conversationId: string): void;
  hearPageView(conversationId: string, view: PageView): void;
  drop(conversationId: string): void;
}

/** A burst of changes is one reading: every reading of personal data is logged. */
const soonMs = 1_000;

/** Who the visitor of a conversation is, and the pages they allowed us to see. */
export function createDetailsWatch(ask: Ask): DetailsWatch {
  const details = signal<ReadonlyMap<string, VisitorDetails | Failure>>(new Map());
  const put = (id: string, value: VisitorDetails | Failure): void => {
    details.value = new Map(details.value).set(id, value);
  };

  const dropped = new Set<string>();
  const soon = new Map<string, ReturnType<typeof setTimeout>>();
  const read = async (conversationId: string): Promise<void> => {
    const outcome = await ask("visitor:get", { conversationId });
    // An answer that was under way must not bring an erased person back.
    if (dropped.has(conversationId)) return;
    if (outcome.ok) put(conversationId, outcome.value);
    // What is known stays on the screen when a later reading fails.
    else if (isFailure(details.value.get(conversationId))) put(conversationId, outcome);
  };

  const readSoon = (conversationId: string): void => {
    if (soon.has(conversationId) || !details.value.has(conversationId)) return;
    const timer = setTimeout(() => {
      soon.delete(conversationId);
      if (details.value.has(conversationId)) void read(conversationId);
    }, soonMs);
    soon.set(conversationId, timer);
  };

  return {
    details,
    read,
    readSoon,
    hearPageView(conversationId, view) {
      const known = details.value.get(conversationId);
      if (known === undefined || isFailure(known)) return;
      put(conversationId, { ...known, trail: addPageView(known.trail, view) });
      // A view that is told was allowed: what is known of the consent is older than it.
      if (known.consent.analytics !== true) readSoon(conversationId);
    },
    drop(conversationId) {
      dropped.add(conversationId);
      const next = new Map(details.value);
      next.delete(conversationId);
      details.value = next;
    },
  };
}

export function isFailure(
  value: VisitorDetails | Failure | undefined,
): value is Failure | undefined {
  return value === undefined || "ok" in value;
}

/** Newest first; the same view told again (now with its dwell time) takes its own place. */
export function addPageView(trail: PageView[], view: PageView): PageView[] {
  const others = trail.filter((one) => one.at !== view.at || one.path !== view.path);
  return [view, ...others].sort((a, b) => b.at - a.at);
}
