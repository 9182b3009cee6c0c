import { limits } from "../../../shared/limits.js";
import type { SiteSettings } from "../../../shared/wire.js";
import { Field } from "../parts/Field.js";
import { SaveBar } from "./SaveBar.js";
import { useDraft } from "./use-draft.js";

const timeZones = Intl.supportedValuesOf("timeZone");

/** Name, time zone, controller, and whether the panel offers news. */
export function SiteForm({ site }: { site: SiteSettings }) {
  const { name, timeZone, controller, news } = site;
  const draft = useDraft(site, { name, timeZone, news, ...prefix(controller) }, (value) => ({
    name: value.name.trim(),
    timeZone: value.timeZone,
    news: value.news,
    controller: {
      name: value.controllerName.trim(),
      postalAddress: value.controllerAddress.trim(),
      email: value.controllerEmail.trim(),
    },
  }));
  const value = draft.value.value;
  const zones = timeZones.includes(timeZone) ? timeZones : [timeZone, ...timeZones];
  const refused =
    draft.failure.value?.code === "EMAIL_INVALID" ? draft.failure.value.message : undefined;
  return (
    <form class="form" onSubmit={(event) => void draft.save(event)}>
      <Field label="Name" hint="Visitors read it at the top of the chat and in mail.">
        {(ids) => (
          <input
            {...ids}
            dir="auto"
            required
            maxLength={limits.name}
            value={value.name}
            onInput={(event) => draft.set({ name: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Time zone" hint="Decides where a day begins in counts and limits.">
        {(ids) => (
          <select
            {...ids}
            value={value.timeZone}
            onChange={(event) => draft.set({ timeZone: event.currentTarget.value })}
          >
            {zones.map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        )}
      </Field>
      <label class="check">
        <input
          type="checkbox"
          checked={value.news}
          onChange={(event) => draft.set({ news: event.currentTarget.checked })}
        />
        <span>
          Offer “News by e-mail” in the chat
          <small>
            An empty box, and one confirmation mail. Only confirmed addresses are mailed.
          </small>
        </span>
      </label>
      <fieldset>
        <legend>Controller</legend>
        <p class="hint">
          Who answers for the data. Visitors read it in the privacy pages; mailings need it.
        </p>
        <Field label="Name of the company or person">
          {(ids) => (
            <input
              {...ids}
              dir="auto"
              autocomplete="organization"
              value={value.controllerName}
              onInput={(event) => draft.set({ controllerName: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label="Postal address">
          {(ids) => (
            <textarea
              {...ids}
              dir="auto"
              rows={3}
              autocomplete="street-address"
              value={value.controllerAddress}
              onInput={(event) => draft.set({ controllerAddress: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label="E-mail" error={refused}>
          {(ids) => (
            <input
              {...ids}
              type="email"
              autocomplete="email"
              maxLength={limits.email}
              value={value.controllerEmail}
              onInput={(event) => draft.set({ controllerEmail: event.currentTarget.value })}
            />
          )}
        </Field>
      </fieldset>
      <SaveBar draft={draft} />
    </form>
  );
}

function prefix(controller: SiteSettings["controller"]) {
  return {
    controllerName: controller.name,
    controllerAddress: controller.postalAddress,
    controllerEmail: controller.email,
  };
}
