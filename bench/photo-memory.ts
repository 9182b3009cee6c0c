import { readFileSync, writeFileSync } from "node:fs";
import { Refusal } from "../server/errors.js";
import { findImageFormat, isHeavy } from "../server/attachments/receive-upload.js";
import { createRenderPool } from "../server/attachments/render-pool.js";
import { createRenderQueue } from "../server/attachments/render-queue.js";
import { defaultPhotoSettings } from "../server/attachments/rendition-specs.js";

/*
 * A process of its own that renders `COUNT` copies of one file through the queue, and prints the
 * most memory it held above its idle state, in MB. Arguments: FILE COUNT.
 */
const [, , file = "", count = "1"] = process.argv;
const photo = readFileSync(file);
const settings = defaultPhotoSettings;
const queue = createRenderQueue(createRenderPool(), settings);

/** Resident memory now (VmRSS) or at its highest (VmHWM), in MB: proc(5). */
function resident(field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}

async function render(source: Buffer, site: string): Promise<void> {
  const admission = queue.admit(site, source.length);
  try {
    const bytes = Buffer.from(new Uint8Array(source).buffer);
    const format = await findImageFormat(bytes);
    const heavy = isHeavy(bytes, format);
    await admission.run({ kind: "renditions", bytes, format, settings }, heavy);
  } finally {
    admission.release();
  }
}

// Idle means: threads started, codecs loaded, nothing to do.
const small = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);
await Promise.all([render(small, "a"), render(small, "b")]);
const idle = resident("VmRSS");
// Resets the high-water mark (proc(5), /proc/pid/clear_refs).
writeFileSync("/proc/self/clear_refs", "5");
const copies = count === "full" ? settings.admitted : Number(count);
const started = performance.now();
const outcomes = await Promise.allSettled(
  Array.from({ length: copies }, (_, at) => render(photo, `site ${at % 3}`)),
);
// What the full queue turns away is no failure.
const isBusy = (reason: unknown): boolean => reason instanceof Refusal && reason.code === "BUSY";
const failed = outcomes.filter(
  (outcome) => outcome.status === "rejected" && !isBusy(outcome.reason),
).length;
process.stdout.write(
  `${JSON.stringify({ above: resident("VmHWM") - idle, failed, ms: performance.now() - started })}\n`,
);
await queue.close();
