import { makeAccent } from "../../../shared/accent.js";
import type { SiteSettings } from "../../../shared/wire.js";
import { Field } from "../parts/Field.js";
import { SaveBar } from "./SaveBar.js";
import { useDraft } from "./use-draft.js";

/** Those that the panel speaks. A site may have another tag (`pt-BR`): then the panel speaks English. */
const languages = ["en", "de", "fr", "es", "ar"];
const languageNames = new Intl.DisplayNames("en", { type: "language" });

/** What visitors see of the button and the first words, with a small picture of it. */
export function AppearanceForm({ site }: { site: SiteSettings }) {
  const { color, corner, greeting, language } = site;
  const draft = useDraft(site, { color, corner, greeting, language }, (value) => ({
    ...value,
    greeting: value.greeting.trim(),
  }));
  const value = draft.value.value;
  return (
    <form class="form" onSubmit={(event) => void draft.save(event)}>
      <Field label="Colour" hint="Its lightness is moved where text on it could not be read.">
        {(ids) => (
          <input
            {...ids}
            type="color"
            value={value.color}
            onInput={(event) => draft.set({ color: event.currentTarget.value })}
          />
        )}
      </Field>
      <fieldset class="choices">
        <legend>Corner of the page</legend>
        {(["left", "right"] as const).map((one) => (
          <label class="check" key={one}>
            <input
              type="radio"
              name="corner"
              checked={value.corner === one}
              onChange={() => draft.set({ corner: one })}
            />
            {one === "left" ? "Left" : "Right"}
          </label>
        ))}
      </fieldset>
      <Field label="Greeting" hint="The first words in an empty chat.">
        {(ids) => (
          <textarea
            {...ids}
            dir="auto"
            rows={2}
            maxLength={500}
            value={value.greeting}
            onInput={(event) => draft.set({ greeting: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Language of the chat" hint="Visitors may choose another one in the chat.">
        {(ids) => (
          <select
            {...ids}
            value={value.language}
            onChange={(event) => draft.set({ language: event.currentTarget.value })}
          >
            {[...new Set([value.language, ...languages])].map((language) => (
              <option key={language} value={language}>
                {languageNames.of(language)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <AppearancePreview {...value} name={site.name} />
      <SaveBar draft={draft} />
    </form>
  );
}

/** The accent as both themes will show it, by the rule that the panel itself uses. */
function AppearancePreview({
  color,
  corner,
  greeting,
  name,
}: Pick<SiteSettings, "color" | "corner" | "greeting" | "name">) {
  return (
    <div class="previews" aria-hidden="true">
      {(["light", "dark"] as const).map((theme) => {
        const { accent, onAccent } = makeAccent(color, theme);
        return (
          <div key={theme} class={`preview is-${theme} is-${corner}`}>
            <p class="preview-name">{name}</p>
            {greeting !== "" && (
              <p class="preview-greeting" dir="auto">
                {greeting}
              </p>
            )}
            <p class="preview-own" style={{ background: accent, color: onAccent }}>
              Is the 1890 hinge in stock?
            </p>
            <i class="preview-button" style={{ background: accent }} />
          </div>
        );
      })}
    </div>
  );
}
