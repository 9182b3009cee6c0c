import { readFileSync, writeFileSync } from "node:fs";

/** What happened to a file, and which requests were answered, in the order in which it ended. */
export type TraceEvent =
  ({ readonly file: string } & FileEvent) | { readonly kind: "answer"; readonly requestId: number };

type FileEvent =
  | {
      readonly kind: "write";
      readonly at: number;
      readonly bytes: Buffer;
      readonly durable: boolean;
    }
  | { readonly kind: "truncate"; readonly size: number }
  /** It promises what was written by the first `covers` events: those that ended before it began. */
  | { readonly kind: "sync"; readonly covers: number }
  /** It got its name: before that there is none. */
  | { readonly kind: "appears" };

/** Files by what a trace calls them: each may have had another name before. */
export type TracedFiles = Readonly<Record<string, RegExp>>;

interface OpenFile {
  readonly file: string;
  /** Every write is synced at once (O_DSYNC). */
  readonly durable: boolean;
}

/** The words with which strace writes such a trace. */
export const straceWords = [
  "-f",
  "-qq",
  "-xx",
  "-s",
  "4194304",
  "-e",
  "trace=link,linkat,openat,close,pwrite64,pwritev,write,writev,lseek,fdatasync,fsync,ftruncate,msync",
];

const opMsg = 2013;
const sectorBytes = 512;

/** Reads a trace of `straceWords`: everything that was written to the files. */
export function readTrace(path: string, files: TracedFiles): TraceEvent[] {
  const reader = new TraceReader(files);
  for (const line of readFileSync(path, "latin1").split("\n")) reader.line(line);
  return reader.events;
}

class TraceReader {
  readonly events: TraceEvent[] = [];
  /** By descriptor. */
  readonly #files = new Map<string, OpenFile>();
  readonly #positions = new Map<string, number>();
  /** By thread: what a call that has not returned says so far, and how many events there were then. */
  readonly #unfinished = new Map<string, { words: string; covers: number }>();

  constructor(private readonly traced: TracedFiles) {}

  #fileNamed(name: string | undefined): string | undefined {
    return Object.entries(this.traced).find(([, pattern]) => pattern.test(name ?? ""))?.[0];
  }

  line(text: string): void {
    const [, thread = "", rest = ""] = /^(\d+)\s+(.*)$/.exec(text) ?? [];
    if (rest.endsWith("<unfinished ...>")) {
      const words = rest.slice(0, -"<unfinished ...>".length).trimEnd();
      this.#unfinished.set(thread, { words, covers: this.events.length });
      return;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const begun = resumed === null ? undefined : this.#unfinished.get(thread);
    const whole = resumed === null ? rest : (begun?.words ?? "") + (resumed[1] ?? "");
    const [, call = "", words = "", result = ""] = /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(whole) ?? [];
    const covers = begun?.covers ?? this.events.length;
    if (call !== "" && Number(result) >= 0) this.#call(call, words, result, covers);
  }

  #call(call: string, words: string, result: string, covers: number): void {
    if (call === "openat") {
      this.#files.delete(result);
      const path = bytesOf(words)[0]?.toString("latin1");
      const file = this.#fileNamed(path);
      if (file === undefined || !/O_RDWR|O_WRONLY/.test(words)) return;
      this.#files.set(result, { file, durable: /O_D?SYNC/.test(words) });
      // made under the name that it keeps; another one it gets by a link, when it is whole
      if (/O_CREAT/.test(words) && path?.endsWith(".new") !== true)
        this.events.push({ kind: "appears", file });
      return;
    }
    if (call.startsWith("link")) {
      const file = this.#fileNamed(bytesOf(words)[1]?.toString("latin1"));
      if (file !== undefined) this.events.push({ kind: "appears", file });
      return;
    }
    const descriptor = /^\d+/.exec(words)?.[0] ?? "";
    const open = this.#files.get(descriptor);
    if (open === undefined) {
      if (call === "writev" || call === "write") this.#answer(bytesOf(words)[0]);
      return;
    }
    const { file, durable } = open;
    const last = Number(/(\d+)$/.exec(words)?.[1] ?? 0);
    if (call === "close") this.#files.delete(descriptor);
    else if (call === "fdatasync" || call === "fsync")
      this.events.push({ kind: "sync", covers, file });
    else if (call === "ftruncate") this.events.push({ kind: "truncate", size: last, file });
    else if (call === "lseek") this.#positions.set(descriptor, Number(result));
    else if (call.startsWith("p") || call.startsWith("write")) {
      const bytes = Buffer.concat(bytesOf(words)).subarray(0, Number(result));
      const at = call.startsWith("p") ? last : (this.#positions.get(descriptor) ?? 0);
      if (bytes.length !== Number(result)) throw new Error("the trace cut a write short");
      this.#positions.set(descriptor, at + bytes.length);
      this.events.push({ kind: "write", at, bytes, durable, file });
    } else throw new Error(`${call} on the file is not understood`);
  }

  /** The head of a reply in the wire protocol says which request it answers. */
  #answer(bytes: Buffer | undefined): void {
    if (bytes === undefined || bytes.length < 16 || bytes.readInt32LE(12) !== opMsg) return;
    this.events.push({ kind: "answer", requestId: bytes.readInt32LE(8) });
  }
}

/** The strings of a line, each written as `"\x00\x01…"`. */
function bytesOf(words: string): Buffer[] {
  return [...words.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text = ""]) =>
    Buffer.from(text.replaceAll("\\x", ""), "hex"),
  );
}

/** How much of what was not synced outlives the cuts of a test, in turn. */
const chances = [0, 1, 0.5, 0.1, 0.9];

/**
 * Writes files (by their names in the trace: where they go) as the test's `instant`-th power cut leaves them,
 * after the first `count` events; gives how many there were.
 */
export function writeAfterCut(
  events: readonly TraceEvent[],
  files: Readonly<Record<string, string>>,
  cut: { instant: number; count: number },
  random: () => number,
): number {
  const chance = chances[cut.instant % chances.length] ?? 0.5;
  let written = 0;
  for (const [name, path] of Object.entries(files)) {
    const bytes = fileAfterCut(events, name, cut.count, () => random() < chance, random);
    if (bytes === undefined) continue;
    writeFileSync(path, bytes);
    written += 1;
  }
  return written;
}

/**
 * A file as a power cut after the first `count` events may leave it: what was synced, and of everything
 * later each sector or not, as `survives` says, in any order. Undefined: there is no file yet.
 */
export function fileAfterCut(
  events: readonly TraceEvent[],
  name: string,
  count: number,
  survives: (sector: number) => boolean,
  random: () => number,
): Buffer | undefined {
  const past = [...events.slice(0, count).entries()].flatMap(([place, event]) =>
    event.kind !== "answer" && event.file === name ? [{ place, event }] : [],
  );
  if (!past.some(({ event }) => event.kind === "appears")) return undefined;
  const ends = past.map(({ event }) =>
    event.kind === "write" ? event.at + event.bytes.length : 0,
  );
  const file = Buffer.alloc(ends.reduce((most, end) => Math.max(most, end), 0));
  let size = 0;
  let pending: { at: number; bytes: Buffer; place: number }[] = [];
  const apply = ({ at, bytes }: { at: number; bytes: Buffer }): void => {
    size = Math.max(size, at + bytes.length);
    bytes.copy(file, at);
  };
  for (const { place, event } of past)
    if (event.kind === "truncate") {
      file.fill(0, Math.min(event.size, file.length));
      size = Math.min(size, event.size);
    } else if (event.kind === "write" && event.durable) apply(event);
    else if (event.kind === "write") pending.push({ at: event.at, bytes: event.bytes, place });
    else if (event.kind === "sync") {
      pending.filter((write) => write.place < event.covers).forEach(apply);
      pending = pending.filter((write) => write.place >= event.covers);
    }
  const sectors = pending.flatMap(({ at, bytes }) =>
    Array.from({ length: Math.ceil(bytes.length / sectorBytes) }, (_, sector) => ({
      at: at + sector * sectorBytes,
      bytes: bytes.subarray(sector * sectorBytes, (sector + 1) * sectorBytes),
      order: random(),
    })),
  );
  sectors.sort((a, b) => a.order - b.order);
  sectors.filter((_, sector) => survives(sector)).forEach(apply);
  return file.subarray(0, size);
}
