import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareBytes } from "./compare-photo-bytes.js";
import { compareDelivery } from "./compare-photo-delivery.js";
import { compareMemory } from "./compare-photo-memory.js";
import { compareSpeed } from "./compare-photo-speed.js";
import { loadPhotos, photoFolder, type Photo } from "./photo-set.js";
import { reportBench, type BenchRow } from "./print-table.js";

/**
 * `npm run bench -- photos [--only memory|speed|delivery|bytes]`: the photo pipeline beside plain
 * sharp and other encoders: memory, photos a second, the time from upload to delivered message, and
 * bytes at equal quality. What a judge said of two pictures is kept in bench/out, so that a second run is short.
 */
const parts: Record<string, (photos: Photo[]) => Promise<BenchRow[]>> = {
  memory: compareMemory,
  speed: compareSpeed,
  delivery: compareDelivery,
  bytes: compareBytes,
};
/** They need real photos; the others make their own where there are none. */
const ofRealPhotos = ["speed", "bytes"];

export async function run(): Promise<number> {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { only: { type: "string" } },
  });
  const { only } = values;
  if (only !== undefined && !(only in parts)) {
    process.stderr.write(`--only takes one of ${Object.keys(parts).join(", ")}\n`);
    return 1;
  }
  mkdirSync(join("bench", "out"), { recursive: true });
  const photos = existsSync(photoFolder) ? await loadPhotos() : [];
  const rows: BenchRow[] = [];
  for (const [name, compare] of Object.entries(parts)) {
    if (only !== undefined && name !== only) continue;
    if (photos.length === 0 && ofRealPhotos.includes(name))
      process.stdout.write(`${name}: skipped, no photos in ${photoFolder}\n`);
    else rows.push(...(await compare(photos)));
  }
  return reportBench(only === undefined ? "photos" : `photos-${only}`, rows);
}
