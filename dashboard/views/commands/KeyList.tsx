import { printKey } from "../../state/commands.js";
import { Dialog } from "../parts/Dialog.js";
import { Icon } from "../parts/Icon.js";
import { useApp } from "../use-app.js";
import { listCommands } from "./list-commands.js";

export const isApple = /mac|iphone|ipad/i.test(navigator.userAgent);

/** What `?` shows. */
export function KeyList() {
  const app = useApp();
  const { overlay, preferences } = app;
  const commands = listCommands(app);
  const sections = [...new Set(commands.map((command) => command.section))];
  const close = (): void => {
    overlay.value = "none";
  };
  return (
    <Dialog label="Keys" kind="wide" close={close}>
      <header class="dialog-head">
        <h2>Keys</h2>
        <button type="button" class="button is-icon" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="key-columns">
        {sections.map((section) => (
          <section key={section}>
            <h3>{section}</h3>
            <dl>
              {commands
                .filter((command) => command.section === section)
                .map((command) => (
                  <div key={command.title}>
                    <dt>{command.title}</dt>
                    <dd>
                      {command.keys.map((key) => (
                        <kbd class="key" key={key}>
                          {printKey(key, isApple)}
                        </kbd>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={preferences.singleKeys.value}
          onChange={(event) => preferences.setSingleKeys(event.currentTarget.checked)}
        />
        Single letters work as keys
      </label>
    </Dialog>
  );
}
