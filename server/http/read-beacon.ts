/** The JSON that `sendBeacon` sent as text, or a body that is parsed already; null for text that is no JSON. */
export function readBeacon(body: unknown): unknown {
  if (typeof body !== "string") return body;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
