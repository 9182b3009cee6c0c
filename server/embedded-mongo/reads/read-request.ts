import type { Doc } from "../bson/value.js";
import type { Collection, Size } from "../storage/collection.js";
import type { KeySpace } from "../storage/key-space.js";

export type ReadKind = "find" | "aggregate" | "count" | "distinct" | "explain";

/** A command that only reads, as it can be run in any thread. */
export interface ReadRequest {
  readonly kind: ReadKind;
  readonly database: string;
  readonly namespace: string;
  readonly body: Doc;
  /** So long a filter or pipeline that this thread cannot afford to compile it. */
  readonly large?: boolean;
}

/** From here on a statement is large: a list of so many values takes milliseconds to compile and to plan. */
export const largeStatementBytes = 64 * 1024;

/** What a read needs of the store; each thread has its own. */
export interface ReadContext {
  readonly space: KeySpace;
  find(namespace: string): Collection | undefined;
  size(collection: Collection): Readonly<Size>;
}
