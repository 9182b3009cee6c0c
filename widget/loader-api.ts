import type { LoaderSettings } from "../shared/loader-settings.js";

/** What a page may say: `porchlight("open")`, `porchlight("consent", { analytics: true })` … */
export type Command = readonly [name: string, ...values: unknown[]];

/** The global that a page sees. Before the loader runs, a page's own stub may collect commands in `q`. */
export interface Porchlight {
  (...command: [string, ...unknown[]]): void;
  q?: ArrayLike<unknown>[];
  /** Set by the running loader: a second tag calls it and leaves. Puts the button back where a page lost it. */
  on?: () => void;
  /** Handed from an outdated panel to the one that replaces it. */
  kept?: unknown;
}

/** What the loader hands to the panel: things only it has, since the shadow root is closed. */
export interface LoaderHost {
  settings: LoaderSettings;
  root: ShadowRoot;
  button: HTMLButtonElement;
  /** Takes everything away that the loader put on the page. */
  remove: () => void;
}

/** The entry module's export. */
export interface PanelModule {
  startPanel: (host: LoaderHost) => PanelHandle;
}

export interface PanelHandle {
  run: (command: Command) => void;
}

declare global {
  interface Window {
    porchlight?: Porchlight;
  }
}
