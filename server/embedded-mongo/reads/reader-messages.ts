import type { ReadKind } from "./read-request.js";

/** What the reading thread is started with. */
export interface ReaderData {
  readonly path: string;
}

/** From the serving thread to the reading thread. */
export type ToReader =
  | {
      readonly kind: "open";
      readonly id: number;
      readonly read: ReadKind;
      readonly database: string;
      readonly namespace: string;
      readonly body: Uint8Array;
    }
  | {
      readonly kind: "next";
      readonly id: number;
      readonly limit: number;
      readonly bytes: number;
      readonly milliseconds: number;
    }
  | { readonly kind: "close"; readonly id: number }
  /** Answered as soon as the thread comes to it. */
  | { readonly kind: "ping" };

/** From the reading thread to the serving thread. */
export type FromReader =
  | {
      readonly kind: "batch";
      readonly id: number;
      /** The documents one after another, and the length of each. */
      readonly documents: Uint8Array;
      readonly lengths: readonly number[];
      readonly done: boolean;
    }
  | {
      readonly kind: "error";
      readonly id: number;
      readonly code: number;
      readonly codeName: string;
      readonly message: string;
      /** `extra` of the MongoError, as BSON. */
      readonly extra: Uint8Array | undefined;
    }
  | { readonly kind: "alive" };
