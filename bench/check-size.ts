import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

/**
 * The size gate: what a visitor's browser fetches, in bytes of gzip. Prints every figure and exits 1
 * beyond a limit. Reads what `npm run build` has made.
 */
const dist = new URL("../widget/", import.meta.url);

/** A site's settings as long as they get: they are part of the loader that is served. */
const settings = JSON.stringify({
  key: "mDpqWW0qsLF9",
  server: "https://chat.example.org",
  panel: "https://chat.example.org/widget/assets/panel-0123abcd.js",
  color: "#2457d6",
  onColor: "#ffffff",
  corner: "right",
  language: "en",
  label: "Chat with us",
  notice: "panel",
});

interface Figure {
  name: string;
  bytes: number;
  limit: number;
}

const gzip = (text: string): number => gzipSync(text, { level: 9 }).length;

/** The files that a module needs to run: itself and what it imports at its top, all the way down. */
async function closure(files: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const open = [...files];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    const source = await readFile(new URL(`assets/${file}`, dist), "utf8");
    found.set(file, source);
    const imports = source.matchAll(/(?:^|[;}\s])(?:import|export)[^"';()]*?["']\.\/([^"']+)["']/g);
    for (const [, imported = ""] of imports) open.push(imported);
  }
  return found;
}

/** The names behind a module's `import("./x-hash.js")`, by what they begin with. */
function importedLater(sources: Iterable<string>, start: string): string[] {
  return [...sources].flatMap((source) =>
    [...source.matchAll(/import\(["']\.\/([^"']+)["']\)/g)]
      .map(([, file = ""]) => file)
      .filter((file) => file.startsWith(start)),
  );
}

async function measure(): Promise<Figure[]> {
  const loader = await readFile(new URL("loader.js", dist), "utf8");
  if (loader.split("__PORCHLIGHT__").length !== 2)
    throw new Error("The loader names its settings not exactly once.");
  const manifest: unknown = JSON.parse(
    await readFile(new URL("assets/manifest.json", dist), "utf8"),
  );
  const panel =
    typeof manifest === "object" && manifest !== null && "panel" in manifest ? manifest.panel : "";
  const entry = await closure([String(panel)]);
  const open = await closure([
    String(panel),
    ...importedLater(entry.values(), "mount-chat-"),
    ...importedLater(entry.values(), "visitor-socket-"),
  ]);
  if (open.size < 3) throw new Error("The panel's parts were not found in its entry.");
  const sum = (files: Map<string, string>): number =>
    [...files.values()].reduce((bytes, source) => bytes + gzip(source), 0);
  return [
    {
      name: "loader, with a site's settings",
      bytes: gzip(loader.replace("__PORCHLIGHT__", () => settings)),
      limit: 1_300,
    },
    { name: "entry: consent and page views, no chat", bytes: sum(entry), limit: 30_000 },
    { name: "everything to open the chat and send", bytes: sum(open), limit: 50_000 },
  ];
}

const figures = await measure();
for (const { name, bytes, limit } of figures) {
  const verdict = bytes > limit ? "TOO LARGE" : "ok";
  process.stdout.write(
    `${name.padEnd(42)} ${String(bytes).padStart(6)} bytes of gzip, limit ${limit}: ${verdict}\n`,
  );
}
process.exitCode = figures.some((figure) => figure.bytes > figure.limit) ? 1 : 0;
