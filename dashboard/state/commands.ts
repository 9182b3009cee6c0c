/** Something an operator can do: by a key, from the list behind `Ctrl K`, or both. */
export interface Command {
  title: string;
  /** Where it stands in the list of keys. */
  section: "Everywhere" | "Inbox" | "Conversation" | "Settings";
  /** As pressed: a letter, "?", "Alt+ArrowDown", "Escape". Several may do the same. */
  keys: string[];
  /** False where it makes no sense just now. */
  may: boolean;
  run: () => void;
}

export interface KeyPress {
  key: string;
  ctrl: boolean;
  meta: boolean;
  alt: boolean;
  /** True while the focus is in something that takes text. */
  writing: boolean;
}

/** The command that a key press means; null for one that belongs to the page or to a text. */
export function commandOf(
  commands: Command[],
  press: KeyPress,
  singleKeys: boolean,
): Command | null {
  const name = nameKey(press);
  const single = name.length === 1;
  if (single && (press.writing || !singleKeys)) return null;
  // Plain Enter and arrows are the focused element's own; only modified ones are ours.
  return commands.find((command) => command.may && command.keys.includes(name)) ?? null;
}

/** `Mod` is Ctrl, or Cmd on Apple's keyboards. */
export function nameKey(press: KeyPress): string {
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  if (press.ctrl || press.meta) return `Mod+${key}`;
  return press.alt ? `Alt+${key}` : key;
}

/** For people: "Ctrl K", "Alt ↓", "E". */
export function printKey(name: string, apple: boolean): string {
  const words: Record<string, string> = {
    Mod: apple ? "⌘" : "Ctrl",
    Alt: apple ? "⌥" : "Alt",
    ArrowDown: "↓",
    ArrowUp: "↑",
    Escape: "Esc",
  };
  return name
    .split("+")
    .map((part) => words[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(" ");
}

/** Commands whose title holds every word, in their own order; those that start with it first. */
export function findCommands<T extends { title: string }>(commands: T[], search: string): T[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const found = commands.filter((command) => {
    const title = command.title.toLowerCase();
    return words.every((word) => title.includes(word));
  });
  const first = words[0];
  if (first === undefined) return found;
  const rank = (title: string): number => (title.toLowerCase().startsWith(first) ? 0 : 1);
  return found.sort((a, b) => rank(a.title) - rank(b.title));
}
