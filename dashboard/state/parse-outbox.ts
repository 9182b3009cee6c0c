import * as z from "zod/mini";
import type { OutboxEntry } from "./outbox.js";

const entrySchema = z.object({
  draft: z.object({
    conversationId: z.string(),
    clientId: z.string(),
    text: z.string(),
    attachmentIds: z.array(z.string()),
  }),
  photos: z.array(z.object({ width: z.number(), height: z.number(), placeholder: z.string() })),
  queuedAt: z.number(),
  state: z.enum(["waiting", "sending", "failed"]),
  reason: z.string(),
  tries: z.number(),
  cuts: z.number(),
});

/**
 * Reads what an earlier page kept, entry by entry, in the order of writing. An older or damaged
 * shape is left out.
 */
export function parseOutbox(kept: (string | null)[]): OutboxEntry[] {
  return kept
    .flatMap((text) => {
      const parsed = entrySchema.safeParse(readJson(text));
      return parsed.success ? [parsed.data] : [];
    })
    .sort((a, b) => a.queuedAt - b.queuedAt);
}

function readJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
