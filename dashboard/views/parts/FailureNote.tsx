import { tellFailure, type Failure } from "../../state/outcome.js";

/** What happened and what to do, where it happened. `kept` says what is safe. */
export function FailureNote({
  failure,
  kept,
  retry,
}: {
  failure: Failure | null;
  kept?: string;
  retry?: () => void;
}) {
  if (failure === null) return null;
  return (
    <div class="note is-danger" role="alert">
      <p>
        {tellFailure(failure)}
        {kept !== undefined && ` ${kept}`}
      </p>
      {retry !== undefined && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
