import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { makePixels } from "../test/support/make-photo.js";
import type { BenchRow } from "./print-table.js";

interface MemoryAnswer {
  above: number;
  failed: number;
}

function measureMemory(file: string, count: string): number {
  const program = fileURLToPath(new URL("./photo-memory.js", import.meta.url));
  const out = execFileSync(process.execPath, [program, file, count], { encoding: "utf8" });
  const answer = JSON.parse(out) as MemoryAnswer;
  if (answer.failed > 0) throw new Error(`${answer.failed} photos failed`);
  return answer.above;
}

/** A 12-megapixel photo four times over: 48 megapixels, baseline and progressive. */
export async function compareMemory(): Promise<BenchRow[]> {
  const { data, width, height } = await makePixels(4000, 3000);
  const tile = { input: data, raw: { width, height, channels: 3 as const } };
  const whole = await sharp({
    create: { width: 2 * width, height: 2 * height, channels: 3, background: "#000" },
  })
    .composite([0, width].flatMap((left) => [0, height].map((top) => ({ ...tile, left, top }))))
    .raw()
    .toBuffer();
  const raw = { width: 2 * width, height: 2 * height, channels: 3 as const };
  const cases: [string, boolean, string, number][] = [
    ["one baseline 48-megapixel JPEG", false, "1", 300],
    ["one progressive 48-megapixel JPEG", true, "1", 450],
    ["the queue full of progressive 48-megapixel JPEGs", true, "full", 700],
  ];
  const rows: BenchRow[] = [];
  for (const [name, progressive, count, atMost] of cases) {
    const file = join("bench", "out", `memory-${process.pid}.jpg`);
    writeFileSync(file, await sharp(whole, { raw }).jpeg({ quality: 75, progressive }).toBuffer());
    try {
      const value = measureMemory(file, count);
      rows.push({ measure: `memory above idle: ${name} (MB)`, value, atMost });
    } finally {
      rmSync(file);
    }
  }
  return rows;
}
