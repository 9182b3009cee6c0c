import { useEffect } from "preact/hooks";
import { commandOf } from "../../state/commands.js";
import { useApp } from "../use-app.js";
import { listCommands } from "./list-commands.js";

/** Keys of the whole page. A modal has its own: while one is open these rest. */
export function useKeys(): void {
  const app = useApp();
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]"))
        return;
      const { key, ctrlKey: ctrl, metaKey: meta, altKey: alt } = event;
      const pressed = { key, ctrl, meta, alt, writing: isWriting(event.target) };
      const command = commandOf(listCommands(app), pressed, app.preferences.singleKeys.value);
      if (command === null) return;
      event.preventDefault();
      command.run();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [app]);
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type))
  );
}
