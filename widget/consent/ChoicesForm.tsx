import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { noChoices, type Choices, type ConsentMethod } from "../../shared/consent.js";
import { usePanel } from "../chat/panel-context.js";

/** Purpose by purpose; nothing is ticked that was not granted before. */
export function ChoicesForm({ method }: { method: ConsentMethod }): JSX.Element {
  const { chat, consent, speech } = usePanel();
  const { texts } = speech.value;
  const [choices, setChoices] = useState<Choices>(consent.state.value?.choices ?? noChoices);
  const [usage, setUsage] = useState(consent.usage.value);
  const [words, setWords] = useState("");
  const busy = useRef(false);
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    // In the notice it takes the place of the button that was pressed.
    if (method === "notice") form.current?.querySelector<HTMLElement>("input:enabled")?.focus();
  }, []);

  const save = async (): Promise<void> => {
    if (busy.current) return;
    busy.current = true;
    consent.usage.value = usage;
    const result = await consent.answer(choices, method);
    busy.current = false;
    const said = {
      saved: texts.consentSaved,
      superseded: texts.policyChanged,
      refused: texts.consentRefused,
      failed: texts.consentFailed,
    }[result];
    setWords(said);
  };
  const box = (
    checked: boolean,
    change: (on: boolean) => void,
    name: string,
    hint: string,
  ): JSX.Element => (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => {
          change(event.currentTarget.checked);
          setWords("");
        }}
      />
      <b>{name}</b>
      <small>{hint}</small>
    </label>
  );
  const purpose = (which: keyof Choices, name: string, hint: string): JSX.Element =>
    box(choices[which], (on) => setChoices({ ...choices, [which]: on }), name, hint);
  const { gpc, dnt } = consent.signals.value;
  const site = chat.state.site.value;
  return (
    <form
      ref={form}
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
      {purpose("preferences", texts.preferences, texts.preferencesHint)}
      {purpose("analytics", texts.analytics, texts.analyticsHint)}
      {site?.news === true && purpose("mail_tracking", texts.mailTracking, texts.mailTrackingHint)}
      {site?.usage === true && !gpc && !dnt && box(usage, setUsage, texts.usage, texts.usageHint)}
      <div class="row">
        <button type="submit" class="button">
          {texts.save}
        </button>
        <span class="quiet" role="status">
          {words}
        </span>
      </div>
    </form>
  );
}
