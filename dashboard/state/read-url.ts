/** `URL.canParse` is younger than the oldest browsers served here. */
export function readUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
