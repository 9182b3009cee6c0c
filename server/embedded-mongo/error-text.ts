/** What a thrown thing says: JavaScript throws anything. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
