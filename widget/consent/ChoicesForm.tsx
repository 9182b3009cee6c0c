import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { noChoices, type Choices, type ConsentMethod } from "../../shared/consent.js";
import { usePanel } from "../chat/panel-context.js";

/** Purpose by purpose; nothing is ticked that was not granted before. */
export function ChoicesForm({ method }: { method: ConsentMethod }): JSX.Element {
  const { chat, consent, speech } = usePanel();
  const { texts } = speech.value;
  const [choices, setChoices] = useState<Choices>(consent.state.value?.choices ?? noChoices);
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);

  const save = async (): Promise<void> => {
    setBusy(true);
    const result = await consent.answer(choices, method);
    setBusy(false);
    const said = {
      saved: texts.consentSaved,
      superseded: texts.policyChanged,
      refused: texts.consentRefused,
      failed: texts.consentFailed,
    }[result];
    setWords(said);
  };
  const box = (purpose: keyof Choices, name: string, hint: string): JSX.Element => (
    <label class="check">
      <input
        type="checkbox"
        checked={choices[purpose]}
        onChange={(event) => {
          setChoices({ ...choices, [purpose]: event.currentTarget.checked });
          setWords("");
        }}
      />
      <b>{name}</b>
      <small>{hint}</small>
    </label>
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label class="check">
        <input type="checkbox" checked disabled />
        <b>{texts.necessary}</b>
        <small>{texts.necessaryHint}</small>
      </label>
      {box("preferences", texts.preferences, texts.preferencesHint)}
      {box("analytics", texts.analytics, texts.analyticsHint)}
      {chat.state.site.value?.news === true &&
        box("mail_tracking", texts.mailTracking, texts.mailTrackingHint)}
      <div class="row">
        <button type="submit" class="button" disabled={busy}>
          {texts.save}
        </button>
        <span class="quiet" role="status">
          {words}
        </span>
      </div>
    </form>
  );
}
