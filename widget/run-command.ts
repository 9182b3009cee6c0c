import type { Choices } from "../shared/consent.js";
import { limits } from "../shared/limits.js";
import type { Profile } from "../shared/wire.js";
import type { Command } from "./loader-api.js";
import { parseChoices } from "./net/parse-answers.js";

/** What a page may ask of the widget. */
export interface Commands {
  open: () => void;
  close: () => void;
  isOpen: () => boolean;
  destroy: () => void;
  consent: (choices: Choices) => void;
  identify: (profile: Profile) => void;
}

/**
 * - `porchlight("open")`, `("close")`, `("toggle")`
 * - `porchlight("consent", { analytics: true, … })`: the answer given in the site's own banner;
 *   a purpose that is not `true` is refused.
 * - `porchlight("identify", { name, email })`: fills in what the visitor may change.
 * - `porchlight("destroy")`: takes everything away again.
 */
export function runCommand(command: Command, commands: Commands): void {
  const [name, value] = command;
  switch (name) {
    case "open":
      commands.open();
      return;
    case "close":
      commands.close();
      return;
    case "toggle":
      if (commands.isOpen()) commands.close();
      else commands.open();
      return;
    case "consent":
      commands.consent(parseChoices(value));
      return;
    case "identify":
      commands.identify(parseProfile(value));
      return;
    case "destroy":
      commands.destroy();
      return;
    default:
      // eslint-disable-next-line no-console -- told to the page's author, who misspelt it
      console.warn(`Porchlight: there is no command "${name}".`);
  }
}

function parseProfile(value: unknown): Profile {
  const fields: { name?: unknown; email?: unknown } =
    typeof value === "object" && value !== null ? value : {};
  const text = (field: unknown, limit: number): string =>
    typeof field === "string" ? field.trim().slice(0, limit) : "";
  return { name: text(fields.name, limits.name), email: text(fields.email, limits.email) };
}
