import { computed, signal, type ReadonlySignal } from "@preact/signals";
import { english, fill, type Counted, type Texts } from "./texts.js";

/** A language in use: its texts, and dates and numbers as it writes them. */
export interface Speech {
  language: string;
  direction: "ltr" | "rtl";
  texts: Texts;
  count: (text: Counted, count: number) => string;
  time: (at: number) => string;
  /** Today, yesterday, or the date. */
  day: (at: number, now: number) => string;
  date: (at: number) => string;
  percent: (share: number) => string;
  bytes: (bytes: number) => string;
}

export const languages = [
  ["en", "English"],
  ["de", "Deutsch"],
  ["fr", "Français"],
  ["es", "Español"],
  ["ar", "العربية"],
] as const;

const loaders: Record<string, () => Promise<{ default: Texts }>> = {
  de: () => import("./german.js"),
  fr: () => import("./french.js"),
  es: () => import("./spanish.js"),
  ar: () => import("./arabic.js"),
};

/** `reader`: the browser's own languages; one of them says which kind of English, say, writes the time. */
export function makeSpeech(tag: string, texts: Texts, reader: readonly string[] = []): Speech {
  const base = tag.split("-", 1)[0] ?? tag;
  const language = reader.find((one) => one.split("-", 1)[0] === base) ?? tag;
  const plural = new Intl.PluralRules(language);
  const number = new Intl.NumberFormat(language);
  const time = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
  const date = new Intl.DateTimeFormat(language, { dateStyle: "long" });
  const percent = new Intl.NumberFormat(language, { style: "percent" });
  const megabytes = new Intl.NumberFormat(language, {
    style: "unit",
    unit: "megabyte",
    maximumFractionDigits: 1,
  });
  const startOfDay = (at: number): number => new Date(at).setHours(0, 0, 0, 0);
  return {
    language,
    direction: /^(ar|he|fa|ur)\b/.test(language) ? "rtl" : "ltr",
    texts,
    count: (text, count) =>
      fill(text[plural.select(count)] ?? text.other, { count: number.format(count) }),
    time: (at) => time.format(at),
    day(at, now) {
      const days = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000);
      return days === 0 ? texts.today : days === 1 ? texts.yesterday : date.format(at);
    },
    date: (at) => date.format(at),
    percent: (share) => percent.format(share),
    bytes: (bytes) => megabytes.format(bytes / 1_048_576),
  };
}

/** English at once; another language when its texts have come. */
export function chooseSpeech(): {
  speech: ReadonlySignal<Speech>;
  choose: (language: string) => void;
} {
  const loaded = signal<{ language: string; texts: Texts }>({ language: "en", texts: english });
  let wanted = "en";
  return {
    speech: computed(() =>
      makeSpeech(loaded.value.language, loaded.value.texts, navigator.languages),
    ),
    choose(language) {
      const tag = isLanguage(language) ? language : "en";
      if (tag === wanted) return;
      wanted = tag;
      const load = loaders[tag.split("-", 1)[0] ?? ""];
      if (!load) {
        // Dates may still be written as they are there; words are English.
        loaded.value = { language: tag.startsWith("en") ? tag : "en", texts: english };
        return;
      }
      load().then(
        ({ default: texts }) => {
          if (wanted === tag) loaded.value = { language: tag, texts };
        },
        () => {
          // Offline: English is better than nothing.
        },
      );
    },
  };
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
