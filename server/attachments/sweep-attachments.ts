import type { Clock } from "../infra/clock.js";
import { unnamedMs } from "./claim-attachments.js";
import { removeAttachments } from "./delete-attachments.js";
import type { DeleteDeps } from "./delete-attachments.js";

const batch = 200;

interface SweepDeps extends DeleteDeps {
  clock: Clock;
  /** Whether a message was stored, by its conversation and its `clientId`. */
  hasMessage(conversation: string, clientId: string): Promise<boolean>;
}

/**
 * Deletes the bytes of originals past their hours and of uploads that no message named, or only one
 * that was never stored: its sender gave up between the two. Reads never depend on it having run. Any
 * number of nodes may run it at once.
 */
export async function sweepAttachments(
  deps: SweepDeps,
): Promise<{ originals: number; unnamed: number }> {
  const now = deps.clock.now();
  const swept = { originals: 0, unnamed: 0 };
  for (;;) {
    const due = await deps.originals.listDue(now, batch);
    await deps.blobs.remove(due.map((original) => original.file));
    await deps.originals.remove(due.map((original) => original.id));
    swept.originals += due.length;
    if (due.length < batch) break;
  }
  for (;;) {
    const claims = await deps.attachments.listClaims(now - unnamedMs, batch);
    for (const claim of claims) {
      const stored = await deps.hasMessage(claim.conversation, claim.message);
      await deps.attachments.settleClaim(claim, stored);
    }
    if (claims.length < batch) break;
  }
  for (;;) {
    const unnamed = await deps.attachments.listUnnamed(now - unnamedMs, batch);
    await removeAttachments(deps, unnamed);
    swept.unnamed += unnamed.length;
    if (unnamed.length < batch) break;
  }
  return swept;
}
