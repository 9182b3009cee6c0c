import { useSignal } from "@preact/signals";
import type { KeptOriginal } from "../../state/privacy-api.js";
import { tellBytes, tellMoment } from "../../state/tell-numbers.js";
import { useAction } from "../parts/use-action.js";
import { useApp } from "../use-app.js";

/** The original, while it is kept: asked for by a press, because looking at it is recorded. */
export function OriginalLink({ attachmentId }: { attachmentId: string }) {
  const { privacy, page, session } = useApp();
  const action = useAction();
  const original = useSignal<KeptOriginal | null>(null);
  const ask = async (): Promise<void> => {
    original.value = await action.run(() => privacy.readOriginal(attachmentId));
  };
  const hold = async (on: boolean): Promise<void> => {
    await action.run(() => privacy.holdOriginal(attachmentId, on));
    await ask();
  };
  const failure = action.failure.value;
  if (failure !== null)
    return (
      <span class="quiet" role="alert">
        {failure.code === "GONE" || failure.code === "NOT_FOUND"
          ? "The original is no longer kept."
          : failure.message}
      </span>
    );
  const kept = original.value;
  if (kept === null)
    return (
      <button type="button" class="button is-quiet" onClick={() => void ask()}>
        Original
      </button>
    );
  return (
    <span class="original">
      <a href={kept.url} target="_blank" rel="noopener">
        Open the original, {tellBytes(kept.bytes)}
      </a>{" "}
      <span class="quiet">
        {kept.hold ? "kept by a hold" : `kept until ${tellMoment(kept.deleteAt, page.now.value)}`}
      </span>
      {session.operator.value?.role === "admin" && (
        <button type="button" class="button is-quiet" onClick={() => void hold(!kept.hold)}>
          {kept.hold ? "Lift the hold" : "Hold it"}
        </button>
      )}
    </span>
  );
}
