import { useSignal } from "@preact/signals";
import { findCommands, printKey } from "../../state/commands.js";
import { Dialog } from "../parts/Dialog.js";
import { useApp } from "../use-app.js";
import { isApple } from "./KeyList.js";
import { listCommands, listPeople } from "./list-commands.js";

interface Choice {
  title: string;
  keys: string[];
  run: () => void;
}

/** What `Ctrl K` opens: type what to do or whom to find, Enter does it. */
export function CommandPalette() {
  const app = useApp();
  const search = useSignal("");
  const at = useSignal(0);
  const close = (): void => {
    app.overlay.value = "none";
  };
  const commands: Choice[] = listCommands(app).filter(
    (command) => command.may && command.title !== "Find and do",
  );
  const people: Choice[] = listPeople(app).map((one) => ({ ...one, keys: [] }));
  const wanted = search.value.trim();
  const choices = [
    ...findCommands(commands, wanted),
    ...(wanted === "" ? [] : findCommands(people, wanted).slice(0, 20)),
  ];
  const chosen = Math.min(at.value, choices.length - 1);
  const run = (choice: Choice | undefined): void => {
    if (choice === undefined) return;
    close();
    // After the dialog gave the focus back, or a command that moves it would lose it again.
    setTimeout(() => choice.run());
  };
  const press = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
    if (by !== 0 && choices.length > 0) {
      at.value = (chosen + by + choices.length) % choices.length;
      event.preventDefault();
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      run(choices[chosen]);
    }
  };
  return (
    <Dialog label="Find and do" kind="palette" close={close}>
      <input
        class="palette-input"
        type="text"
        role="combobox"
        aria-label="Find and do"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={chosen < 0 ? undefined : `palette-${chosen}`}
        placeholder="What to do, or whom to find"
        autofocus
        onInput={(event) => {
          search.value = event.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={press}
      />
      <ul class="palette-list" id="palette-list" role="listbox" aria-label="Found">
        {choices.map((choice, index) => (
          <li
            key={index}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            ref={(element) => {
              if (index === chosen) element?.scrollIntoView({ block: "nearest" });
            }}
            onClick={() => run(choice)}
          >
            <span dir="auto">{choice.title}</span>
            <span>
              {choice.keys.map((key) => (
                <kbd class="key" key={key}>
                  {printKey(key, isApple)}
                </kbd>
              ))}
            </span>
          </li>
        ))}
      </ul>
      {choices.length === 0 && (
        <p class="palette-none">
          Nothing found for “{wanted}”. Conversations are searched as far as the list is loaded.
        </p>
      )}
    </Dialog>
  );
}
