import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { PanelSite, Presence, Profile } from "../../shared/wire.js";
import type { Outbox } from "./outbox.js";
import type { Timeline } from "./timeline.js";

/** Why the chat cannot go on at all, in the order of how much it stops. */
export type Obstacle = "origin_refused" | "unknown_site" | "file_page" | "outdated" | "site_failed";

/** All that the panel shows, as signals: written by `state/`, read by `chat/`. */
export interface ChatState {
  open: Signal<boolean>;
  site: Signal<PanelSite | null>;
  obstacle: Signal<Obstacle | null>;
  connection: Signal<"idle" | "connecting" | "open" | "waiting">;
  presence: Signal<Presence | null>;
  profile: Signal<Profile>;
  timeline: Signal<Timeline | null>;
  outbox: Signal<Outbox>;
  /** Share of each photo on its way, by the upload's clientId. */
  progress: Signal<Readonly<Record<string, number>>>;
  operatorTypes: Signal<boolean>;
  /** False: the browser keeps nothing, the chat ends with the page. */
  kept: Signal<boolean>;
  unread: ReadonlySignal<number>;
}

export function makeChatState(): ChatState {
  const timeline = signal<Timeline | null>(null);
  return {
    open: signal(false),
    site: signal(null),
    obstacle: signal(null),
    connection: signal("idle"),
    presence: signal(null),
    profile: signal({ name: "", email: "" }),
    timeline,
    outbox: signal([]),
    progress: signal({}),
    operatorTypes: signal(false),
    kept: signal(true),
    unread: computed(() => countUnread(timeline.value)),
  };
}

function countUnread(timeline: Timeline | null): number {
  if (!timeline) return 0;
  const read = timeline.conversation.readByVisitor;
  return timeline.messages.filter(
    (message) => message.author.kind === "operator" && message.seq > read,
  ).length;
}
