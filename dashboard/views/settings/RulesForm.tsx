import type { SiteRules } from "../../../shared/site-rules.js";
import type { SiteSettings } from "../../../shared/wire.js";
import { keptTitle, ruleSections, type RuleField } from "../../state/rule-fields.js";
import { changedRules, readRule, writeRule, type RuleValue } from "../../state/rule-values.js";
import { Field } from "../parts/Field.js";
import { RetentionNote } from "./RetentionNote.js";
import { SaveBar } from "./SaveBar.js";
import { useDraft } from "./use-draft.js";

/** Every rule of a site, in plain words. They hold from the next decision on. */
export function RulesForm({ site }: { site: SiteSettings }) {
  const draft = useDraft<{ rules: SiteRules }>(site, { rules: site.rules }, ({ rules }) => ({
    rules: changedRules(site.rules, rules),
  }));
  const rules = draft.value.value.rules;
  return (
    <form class="form" onSubmit={(event) => void draft.save(event)}>
      <p class="hint">
        Rules hold from the next decision on, without a restart. Each change is recorded with who
        made it.
      </p>
      {ruleSections.map((section) => (
        <fieldset key={section.title}>
          <legend>{section.title}</legend>
          {section.fields.map((field) => (
            <RuleControlView
              key={`${field.group}.${field.name}`}
              field={field}
              value={readRule(rules, field)}
              change={(value) => draft.set({ rules: writeRule(rules, field, value) })}
            />
          ))}
          {section.title === keptTitle && (
            <RetentionNote siteId={site.id} saved={site.rules.retention} wanted={rules.retention} />
          )}
        </fieldset>
      ))}
      <SaveBar draft={draft} />
    </form>
  );
}

function RuleControlView({
  field,
  value,
  change,
}: {
  field: RuleField;
  value: RuleValue;
  change: (value: RuleValue) => void;
}) {
  if (field.kind === "switch")
    return (
      <label class="check">
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => change(event.currentTarget.checked)}
        />
        <span>
          {field.label}
          <small>{field.help}</small>
        </span>
      </label>
    );
  if (field.kind === "choice")
    return (
      <Field label={field.label} hint={field.help}>
        {(ids) => (
          <select
            {...ids}
            value={String(value)}
            onChange={(event) => {
              const chosen = field.options.find(
                (one) => String(one.value) === event.currentTarget.value,
              );
              if (chosen !== undefined) change(chosen.value);
            }}
          >
            {field.options.map((option) => (
              <option key={option.value} value={String(option.value)}>
                {option.label}
              </option>
            ))}
          </select>
        )}
      </Field>
    );
  return (
    <Field label={field.label} hint={field.help}>
      {(ids) => (
        <span class="with-unit">
          <input
            {...ids}
            type="number"
            inputMode="numeric"
            required
            min={field.min}
            max={field.max}
            step={1}
            value={Number(value)}
            onInput={(event) => {
              if (event.currentTarget.validity.valid) change(event.currentTarget.valueAsNumber);
            }}
          />
          {field.unit}
        </span>
      )}
    </Field>
  );
}
