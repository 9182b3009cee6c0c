import { useSignal } from "@preact/signals";
import { limits } from "../../../shared/limits.js";
import type { SiteSettings } from "../../../shared/wire.js";
import { checkOrigin } from "../../state/check-origin.js";
import type { Failure } from "../../state/outcome.js";
import { tellMoment } from "../../state/tell-numbers.js";
import { CopyButton } from "../parts/CopyButton.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Field } from "../parts/Field.js";
import { Icon } from "../parts/Icon.js";
import { useApp } from "../use-app.js";

/** The tag to paste, whether it was seen, and the exact origins on which it may run. */
export function TagSection({ site }: { site: SiteSettings }) {
  const { sites, page, session } = useApp();
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const mine = session.operator.value?.role === "admin";
  const now = page.now.value;
  const save = async (origins: string[]): Promise<boolean> => {
    if (busy.value) return false;
    busy.value = true;
    failure.value = await sites.change(site.id, { origins });
    busy.value = false;
    return failure.value === null;
  };
  return (
    <div class="form">
      <section>
        <h3>Script tag</h3>
        <p class="hint">Paste it before &lt;/body&gt; on every page that should have the chat.</p>
        <pre class="code" tabIndex={0}>
          {site.scriptTag}
        </pre>
        <div class="actions is-start">
          <CopyButton text={site.scriptTag} label="Copy the tag" />
        </div>
        <p role="status">
          {site.tagSeen === null
            ? "The tag was not seen yet. It shows here once a page with it is opened."
            : `The tag was seen on ${site.tagSeen.url}, ${tellMoment(site.tagSeen.at, now)}.`}
        </p>
      </section>
      <section>
        <h3>Allowed origins</h3>
        <p class="hint">
          Scheme, host and port, exactly as in the address bar, without a path. http and https, with
          www and without are different origins.
        </p>
        <ul class="plain-rows">
          {site.origins.map((origin) => (
            <li key={origin}>
              <code class="break">{origin}</code>
              {mine && (
                <button
                  type="button"
                  class="button"
                  aria-label={`Remove ${origin}`}
                  onClick={() => void save(site.origins.filter((one) => one !== origin))}
                >
                  Remove
                </button>
              )}
            </li>
          ))}
          {site.origins.length === 0 && <li class="quiet">None yet: the chat runs nowhere.</li>}
        </ul>
        {mine && <NewOrigin site={site} save={save} />}
        <FailureNote failure={failure.value} kept="The list is as it was." />
      </section>
      {site.refusedOrigins.length > 0 && (
        <section>
          <h3>Refused origins</h3>
          <p class="hint">
            Pages with your tag that are not on the list. Allow only what is yours.
          </p>
          <ul class="plain-rows">
            {site.refusedOrigins.map((refused) => (
              <li key={refused.origin}>
                <span>
                  <code class="break">{refused.origin}</code>
                  <span class="quiet"> {tellMoment(refused.at, now)}</span>
                </span>
                {mine && checkOrigin(refused.origin, site.origins).ok && (
                  <button
                    type="button"
                    class="button"
                    aria-label={`Allow ${refused.origin}`}
                    onClick={() => void save([...site.origins, refused.origin])}
                  >
                    Allow
                  </button>
                )}
                {refused.origin === "null" && (
                  <span class="quiet">A file on a disk. Open the page through a web server.</span>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function NewOrigin({
  site,
  save,
}: {
  site: SiteSettings;
  save: (origins: string[]) => Promise<boolean>;
}) {
  const text = useSignal("");
  const fault = useSignal<string | undefined>(undefined);
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    const checked = checkOrigin(text.value, site.origins);
    fault.value = checked.ok ? undefined : checked.fault;
    if (checked.ok && (await save([...site.origins, checked.origin]))) text.value = "";
  };
  if (site.origins.length >= limits.siteOrigins)
    return <p class="hint">The list is full: {limits.siteOrigins} origins.</p>;
  return (
    <form class="inline-form" onSubmit={(event) => void add(event)} noValidate>
      <Field label="Another origin" error={fault.value}>
        {(ids) => (
          <input
            {...ids}
            type="url"
            inputMode="url"
            spellcheck={false}
            placeholder="https://www.example.org"
            value={text.value}
            onInput={(event) => (text.value = event.currentTarget.value)}
          />
        )}
      </Field>
      <button type="submit" class="button">
        <Icon name="plus" /> Add
      </button>
    </form>
  );
}
