import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { fill } from "../text/texts.js";
import { usePanel } from "./panel-context.js";

/** "Forget this device": asks once, then leaves nothing (JIVO-11). */
export function ForgetPage(): JSX.Element {
  const { chat, speech, view, forget } = usePanel();
  const { texts } = speech.value;
  const [done, setDone] = useState(false);
  if (done)
    return (
      <div class="page">
        <p role="status">{texts.forgotten}</p>
      </div>
    );
  return (
    <div class="page">
      <h3>{texts.forget}</h3>
      <p class="quiet">{fill(texts.forgetHint, { site: chat.state.site.value?.name ?? "" })}</p>
      <div class="row equal">
        <button
          type="button"
          class="button danger"
          onClick={() => {
            forget();
            setDone(true);
          }}
        >
          {texts.forgetYes}
        </button>
        <button type="button" class="button" onClick={() => (view.value = "chat")}>
          {texts.keep}
        </button>
      </div>
    </div>
  );
}
