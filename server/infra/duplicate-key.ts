/** MongoDB's code for "a unique index already holds this key". */
export const DUPLICATE_KEY = 11000;

/** Whether a write was refused because a unique index already holds its key. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === DUPLICATE_KEY;
}
