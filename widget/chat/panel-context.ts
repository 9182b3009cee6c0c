import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { ConsentClient } from "../consent/consent-client.js";
import type { ServerRequests } from "../net/server-requests.js";
import type { ChatClient } from "../state/chat-client.js";
import type { Speech } from "../text/speech.js";
import type { UsageCounter } from "../track/usage-counter.js";

export type View = "chat" | "details" | "privacy" | "news" | "language" | "forget";

/** What every part of the panel may use. */
export interface Panel {
  chat: ChatClient;
  consent: ConsentClient;
  requests: ServerRequests;
  speech: ReadonlySignal<Speech>;
  usage: UsageCounter;
  view: Signal<View>;
  /** The token was kept, so the server may know this visitor. */
  isKnown: () => boolean;
  token: () => string;
  chooseLanguage: (language: string) => void;
  forget: () => void;
  close: () => void;
  /** Loads what failed to load. */
  reload: () => void;
  now: () => number;
  /** Says a sentence to screen readers. */
  announce: (sentence: string) => void;
}

export const PanelContext = createContext<Panel | null>(null);

export function usePanel(): Panel {
  const panel = useContext(PanelContext);
  if (!panel) throw new Error("a part of the panel stands outside it");
  return panel;
}
