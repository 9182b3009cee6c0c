import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { openPrivacyPage } from "../net/open-privacy-page.js";
import { usePanel } from "../chat/panel-context.js";
import { tellRefusal } from "../text/tell-refusal.js";
import { fill } from "../text/texts.js";
import { ChoicesForm } from "./ChoicesForm.js";

/** The question reopened, the rights, and who answers for the data. */
export function PrivacyPage(): JSX.Element {
  const { chat, consent, speech, requests, isKnown, token } = usePanel();
  const { texts, date, language } = speech.value;
  const { gpc, dnt } = consent.signals.value;
  const [problem, setProblem] = useState("");
  /** The page's address where the browser let no tab be opened. */
  const [blocked, setBlocked] = useState<string | null>(null);
  const site = chat.state.site.value;
  const controller = site?.controller;
  const notice = site?.notice;
  const openData = async (): Promise<void> => {
    setProblem("");
    try {
      setBlocked(await openPrivacyPage(requests.privacyPage(token(), language)));
    } catch (error) {
      setProblem(tellRefusal(texts, error, texts.yourDataFailed));
    }
  };
  return (
    <div class="page">
      <h3>{texts.privacy}</h3>
      {(gpc || dnt) && <p class="quiet">{gpc ? texts.gpcSeen : texts.dntSeen}</p>}
      {notice && notice.place !== "none" && <p class="quiet">{notice.text}</p>}
      <ChoicesForm method="settings" key={String(consent.storeNothing.value)} />
      <hr />
      <label class="check">
        <input
          type="checkbox"
          checked={consent.storeNothing.value}
          onChange={(event) => consent.setStoreNothing(event.currentTarget.checked)}
        />
        <b>{texts.storeNothing}</b>
        <small>{texts.storeNothingHint}</small>
      </label>
      {isKnown() && (
        <div class="row">
          {blocked === null ? (
            <button type="button" class="button" onClick={() => void openData()}>
              {texts.yourData}
            </button>
          ) : (
            <a
              class="link"
              href={blocked}
              target="_blank"
              rel="noopener noreferrer"
              onClick={() => setTimeout(setBlocked, 0, null)}
            >
              {texts.yourData}
            </a>
          )}
        </div>
      )}
      {problem !== "" && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <hr />
      {notice?.upcoming && (
        <p class="quiet">
          {fill(texts.policyUpcoming, {
            date: date(notice.upcoming.effectiveAt),
            changes: notice.upcoming.changes,
          })}
        </p>
      )}
      {controller && (
        <address class="quiet" dir="auto">
          {[controller.name, controller.postalAddress, controller.email]
            .filter((line) => line !== "")
            .join("\n")}
        </address>
      )}
      {notice && notice.policyUrl !== "" && (
        <p class="quiet">
          <a class="link" href={notice.policyUrl} target="_blank" rel="noopener noreferrer">
            {texts.policyLink}
          </a>
        </p>
      )}
    </div>
  );
}
