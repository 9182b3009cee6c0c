import type { ReadonlySignal, Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Page } from "../net/page.js";
import type { Accounts } from "../state/accounts.js";
import type { Desk } from "../state/desk.js";
import type { Mailing } from "../state/mailing.js";
import type { OverdueWatch } from "../state/overdue.js";
import type { PrivacyApi } from "../state/privacy-api.js";
import type { Preferences } from "../state/preferences.js";
import type { Session } from "../state/session.js";
import type { Sites } from "../state/sites.js";

/** Everything a view may read or call. Views keep only what belongs to one form or one gesture. */
export interface App {
  page: Page;
  session: Session;
  sites: Sites;
  accounts: Accounts;
  mailing: Mailing;
  privacy: PrivacyApi;
  overdue: OverdueWatch;
  preferences: Preferences;
  /** There is one while somebody is signed in, and while a session that ended waits for sign-in. */
  desk: ReadonlySignal<Desk | null>;
  /** Which overlay is open; at most one. */
  overlay: Signal<Overlay>;
  /** Where a key moves the focus to; the view that owns the place takes it and sets null. */
  focusOn: Signal<FocusTarget | null>;
  /** Why the last command did not work, for what has no place of its own. */
  notice: Signal<string>;
}

export type Overlay = "none" | "commands" | "keys" | "details" | "account" | "sign-out";
export type FocusTarget = "search" | "composer" | "photo";

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("A view was drawn outside the dashboard.");
  return app;
}
