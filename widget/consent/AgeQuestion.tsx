import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { usePanel } from "../chat/panel-context.js";
import { fill } from "../text/texts.js";

/** Asked before anything is stored (JMINI-08). Only a yes is kept, and only with an answer that is kept anyway. */
export function AgeQuestion({ min }: { min: number }): JSX.Element {
  const { chat, consent, speech } = usePanel();
  const { texts } = speech.value;
  const [refused, setRefused] = useState(false);
  const age = { age: min };
  if (refused) return <p role="status">{fill(texts.ageRefused, age)}</p>;
  const yes = (): void => {
    consent.ofAge.value = true;
    // The server hears it in the handshake.
    chat.connection.renew();
  };
  return (
    <div role="group" aria-label={fill(texts.ageQuestion, age)}>
      <h3>{fill(texts.ageQuestion, age)}</h3>
      <div class="row equal">
        <button type="button" class="button" onClick={yes}>
          {texts.ageYes}
        </button>
        <button type="button" class="button" onClick={() => setRefused(true)}>
          {texts.ageNo}
        </button>
      </div>
    </div>
  );
}
