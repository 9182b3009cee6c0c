import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { noChoices, type ConsentMethod } from "../../shared/consent.js";
import type { PanelNotice } from "../../shared/wire.js";
import { FetchedChoices } from "../chat/fetched-parts.js";
import { usePanel } from "../chat/panel-context.js";
import { fill } from "../text/texts.js";
import { AgeQuestion } from "./AgeQuestion.js";
import { isAsked } from "./is-asked.js";

/** The question, in the flow above the composer. The chat works with it unanswered. */
export function ConsentCard(): JSX.Element | null {
  const { chat, consent } = usePanel();
  const notice = chat.state.site.value?.notice;
  if (notice?.place !== "panel" || !isAsked(consent, notice)) return null;
  return (
    <section class="card">
      {notice.age && !consent.ofAge.value ? (
        <AgeQuestion min={notice.age.min} />
      ) : (
        <ConsentQuestion notice={notice} method="notice" />
      )}
    </section>
  );
}

/** Title, lines, two equal buttons, and "Choose" beneath. The same in the card and in the bar. */
export function ConsentQuestion(props: {
  notice: PanelNotice;
  method: ConsentMethod;
}): JSX.Element {
  const { notice, method } = props;
  const { consent, speech, usage } = usePanel();
  const { texts, date } = speech.value;
  const [choosing, setChoosing] = useState(false);
  const [problem, setProblem] = useState("");
  const title = useId();
  const { gpc, dnt } = consent.signals.value;

  const answer = async (analytics: boolean): Promise<void> => {
    usage.press(analytics ? "consent_allow" : "consent_refuse");
    const result = await consent.answer({ ...noChoices, analytics }, method);
    if (result === "failed") setProblem(texts.consentFailed);
    if (result === "refused") setProblem(texts.consentRefused);
    if (result === "superseded") setProblem(texts.policyChanged);
  };
  return (
    <div class="words" role="group" aria-labelledby={title}>
      <h3 id={title} dir="auto">
        {notice.title}
      </h3>
      <p dir="auto">{notice.text}</p>
      {(gpc || dnt) && (
        <p>
          {gpc ? texts.gpcSeen : texts.dntSeen} {texts.signalSeenAsk}
        </p>
      )}
      {consent.state.value !== null && <p>{texts.policyChanged}</p>}
      {notice.upcoming && (
        <p>
          {fill(texts.policyUpcoming, {
            date: date(notice.upcoming.effectiveAt),
            changes: notice.upcoming.changes,
          })}
        </p>
      )}
      {problem !== "" && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {choosing ? (
        <>
          <FetchedChoices method={method} />
          <button type="button" class="link" onClick={() => setChoosing(false)}>
            {texts.back}
          </button>
        </>
      ) : (
        <>
          <div class="row equal">
            <button type="button" class="button" onClick={() => void answer(true)}>
              {texts.allow}
            </button>
            <button type="button" class="button" onClick={() => void answer(false)}>
              {texts.refuse}
            </button>
          </div>
          <button type="button" class="link" onClick={() => setChoosing(true)}>
            {texts.choose}
          </button>
        </>
      )}
    </div>
  );
}
