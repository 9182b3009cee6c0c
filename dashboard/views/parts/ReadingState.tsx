import { FailureNote } from "./FailureNote.js";
import { SkeletonRows } from "./Late.js";
import type { Reading } from "./use-reading.js";

/** Skeleton while nothing was read, the failure where reading failed. */
export function ReadingState({
  of,
  label,
}: {
  of: Pick<Reading<unknown>, "value" | "failure" | "again">;
  label: string;
}) {
  return (
    <>
      <FailureNote failure={of.failure} retry={of.again} />
      {of.value === null && of.failure === null && <SkeletonRows count={4} label={label} />}
    </>
  );
}
