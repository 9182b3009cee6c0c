import { useSignal } from "@preact/signals";
import { limits } from "../../../shared/limits.js";
import type { FieldIds } from "./Field.js";

/** A password that can be looked at: better than typing it twice. */
export function PasswordInput({
  ids,
  autocomplete,
  autofocus = false,
}: {
  ids: FieldIds;
  autocomplete: "current-password" | "new-password";
  autofocus?: boolean;
}) {
  const shown = useSignal(false);
  return (
    <div class="with-button">
      <input
        {...ids}
        name="password"
        {...(shown.value ? { type: "text" as const } : { type: "password" as const })}
        autocomplete={autocomplete}
        required
        minLength={autocomplete === "new-password" ? limits.passwordMin : undefined}
        maxLength={limits.passwordMax}
        autofocus={autofocus}
      />
      <button
        type="button"
        class="button is-quiet"
        aria-pressed={shown.value}
        onClick={() => (shown.value = !shown.value)}
      >
        {shown.value ? "Hide" : "Show"}
        <span class="sr-only"> password</span>
      </button>
    </div>
  );
}
