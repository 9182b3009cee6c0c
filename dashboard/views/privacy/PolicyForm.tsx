import { useSignal } from "@preact/signals";
import type { PolicyRow } from "../../../shared/privacy.js";
import type { SiteSettings } from "../../../shared/wire.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { useAction } from "../parts/use-action.js";
import { useApp } from "../use-app.js";

const dayMs = 86_400_000;

/** The next version: what changes, from when, the words of the consent question, the whole text. */
export function PolicyForm({
  site,
  newest,
  published,
}: {
  site: SiteSettings;
  newest: PolicyRow;
  published: (rows: PolicyRow[]) => void;
}) {
  const { privacy, page } = useApp();
  const action = useAction();
  const { noticeDays } = site.rules.policy;
  const earliest = new Date(page.now.peek() + (noticeDays + 1) * dayMs).toISOString().slice(0, 10);
  const from = useSignal(earliest);
  const material = useSignal(true);
  const changes = useSignal("");
  const text = useSignal(newest.text);
  const notices = useSignal(newest.notices);
  const setNotice = (language: string, part: { title?: string; text?: string }): void => {
    const known = notices.value[language] ?? { title: "", text: "" };
    notices.value = { ...notices.value, [language]: { ...known, ...part } };
  };
  const publish = async (event: Event): Promise<void> => {
    event.preventDefault();
    const policy = {
      effectiveAt: Date.parse(from.value),
      material: material.value,
      changes: changes.value.trim(),
      notices: notices.value,
      text: text.value.trim(),
    };
    const rows = await action.run(() => privacy.publishPolicy(site.id, policy));
    if (rows !== null) published(rows);
  };
  return (
    <details class="card">
      <summary>
        <b>Publish the next version</b>
      </summary>
      <form class="form is-inner" onSubmit={(event) => void publish(event)}>
        <Field
          label="Holds from"
          hint={`Visitors are told ${noticeDays} days before, by the rules of this site.`}
        >
          {(ids) => (
            <input
              {...ids}
              type="date"
              required
              min={earliest}
              value={from.value}
              onInput={(event) => (from.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="What changes, in a few words">
          {(ids) => (
            <textarea
              {...ids}
              dir="auto"
              rows={2}
              required
              maxLength={2000}
              value={changes.value}
              onInput={(event) => (changes.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <label class="check">
          <input
            type="checkbox"
            checked={material.value}
            onChange={(event) => (material.value = event.currentTarget.checked)}
          />
          <span>
            The change is material
            <small>Earlier consent ends on that day, and everybody is asked again.</small>
          </span>
        </label>
        {Object.entries(notices.value).map(([language, notice]) => (
          <fieldset key={language}>
            <legend>Consent question, {language}</legend>
            <Field label="Title">
              {(ids) => (
                <input
                  {...ids}
                  lang={language}
                  dir="auto"
                  required
                  maxLength={120}
                  value={notice.title}
                  onInput={(event) => setNotice(language, { title: event.currentTarget.value })}
                />
              )}
            </Field>
            <Field label="Text">
              {(ids) => (
                <textarea
                  {...ids}
                  lang={language}
                  dir="auto"
                  rows={3}
                  required
                  maxLength={1000}
                  value={notice.text}
                  onInput={(event) => setNotice(language, { text: event.currentTarget.value })}
                />
              )}
            </Field>
          </fieldset>
        ))}
        <Field label="The policy">
          {(ids) => (
            <textarea
              {...ids}
              dir="auto"
              rows={12}
              required
              maxLength={100_000}
              value={text.value}
              onInput={(event) => (text.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <FailureNote failure={action.failure.value} kept="What you wrote is kept here." />
        <div class="actions is-start">
          <button type="submit" class="button is-primary" aria-disabled={action.busy.value}>
            Publish
          </button>
          <span class="hint">A published version is never changed.</span>
        </div>
      </form>
    </details>
  );
}
