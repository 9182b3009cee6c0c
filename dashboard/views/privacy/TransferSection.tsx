import { useSignal } from "@preact/signals";
import { paths } from "../../../shared/paths.js";
import { tellDate } from "../../state/tell-numbers.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { ReadingState } from "../parts/ReadingState.js";
import { useAction } from "../parts/use-action.js";
import { useReading } from "../parts/use-reading.js";
import { useApp } from "../use-app.js";

/** Handing the business over: visitors are told first, the bulk export is locked until then. */
export function TransferSection({ siteId }: { siteId: string }) {
  const { privacy, page, sites } = useApp();
  const transfer = useReading(siteId, () => privacy.readTransfer(siteId));
  const action = useAction();
  const to = useSignal("");
  const state = transfer.value;
  const days = sites.current.value?.rules.transfer.noticeDays ?? 0;
  const unlocked =
    state !== null && state.unlockedAt !== null && state.unlockedAt <= page.now.value;
  const announce = async (event: Event): Promise<void> => {
    event.preventDefault();
    const next = await action.run(() => privacy.announceTransfer(siteId, to.value.trim()));
    if (next !== null) transfer.put(next);
  };
  const cancel = async (): Promise<void> => {
    await action.run(() => privacy.cancelTransfer(siteId));
    transfer.again();
  };
  return (
    <section class="form">
      <h3>Handing over the business</h3>
      <p class="hint">
        The export of everything stays locked until visitors were told for {days} days.
      </p>
      <ReadingState of={transfer} label="Reading the state" />
      {state?.noticeAt === null && (
        <form class="inline-form" onSubmit={(event) => void announce(event)}>
          <Field label="New owner">
            {(ids) => (
              <input
                {...ids}
                dir="auto"
                required
                maxLength={200}
                value={to.value}
                onInput={(event) => (to.value = event.currentTarget.value)}
              />
            )}
          </Field>
          <button type="submit" class="button">
            Announce
          </button>
        </form>
      )}
      {state !== null && state.noticeAt !== null && (
        <>
          <p>
            Announced {tellDate(state.noticeAt)} to <bdi>{state.to}</bdi>.{" "}
            {unlocked
              ? "The export is open."
              : state.unlockedAt !== null && `The export opens ${tellDate(state.unlockedAt)}.`}
          </p>
          <div class="actions is-start">
            {unlocked && (
              <a class="button" href={paths.privacyView(siteId, "transfer/export")} download>
                Export everything
              </a>
            )}
            <button type="button" class="button" onClick={() => void cancel()}>
              Call it off
            </button>
          </div>
        </>
      )}
      <FailureNote failure={action.failure.value} />
    </section>
  );
}
