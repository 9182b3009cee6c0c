/** MongoDB's code for "a unique index already holds this key". */
export const DUPLICATE_KEY = 11000;

/** Whether a write was refused because a unique index already holds its key. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === DUPLICATE_KEY;
}

/** True when the write was stored, false when a unique index already held its key; other failures are thrown. */
export async function storedUnlessTaken(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
