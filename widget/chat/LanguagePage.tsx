import type { JSX } from "preact";
import { languages } from "../text/speech.js";
import { usePanel } from "./panel-context.js";

export function LanguagePage(): JSX.Element {
  const { consent, speech, chooseLanguage } = usePanel();
  const { texts } = speech.value;
  return (
    <div class="page">
      <label class="field">
        {texts.language}
        <select
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
      </label>
      {consent.state.value?.choices.preferences !== true && (
        <p class="quiet">{texts.languageForPage}</p>
      )}
    </div>
  );
}
