/** What the thread that hosts the server is started with. */
export interface HostData {
  readonly dataDir: string;
  readonly socketPath: string;
}

/** From the hosting thread to its starter. */
export type FromHost =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "closed" }
  | {
      readonly kind: "log";
      readonly level: "info" | "warn" | "error";
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>> | undefined;
    };

/** From the starter to the hosting thread. */
export interface ToHost {
  readonly kind: "close";
}
