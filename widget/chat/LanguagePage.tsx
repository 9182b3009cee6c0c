import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { languages } from "../text/speech.js";
import { usePanel } from "./panel-context.js";

export function LanguagePage(): JSX.Element {
  const { consent, speech, chooseLanguage } = usePanel();
  const { texts } = speech.value;
  const title = useId();
  return (
    <div class="page">
      <h3 id={title}>{texts.language}</h3>
      <div class="field">
        <select
          aria-labelledby={title}
          value={consent.language.value}
          onChange={(event) => chooseLanguage(event.currentTarget.value)}
        >
          <option value="">{texts.siteLanguage}</option>
          {languages.map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {consent.state.value?.choices.preferences !== true && (
        <p class="quiet">{texts.languageForPage}</p>
      )}
    </div>
  );
}
