import { createRenderPool } from "../server/attachments/render-pool.js";
import { cpuMs, inPairs, renderPhotos, renderPlainly, type Photo } from "./photo-set.js";
import type { BenchRow } from "./print-table.js";

const rounds = 3;

/** Both sides in turn, so that whatever else the machine does weighs on both; the best of each. */
export async function compareSpeed(photos: readonly Photo[]): Promise<BenchRow[]> {
  const pool = createRenderPool();
  const best = { ours: Infinity, plain: Infinity, oursCpu: Infinity, plainCpu: Infinity };
  try {
    // Threads and codecs are up before anything is timed.
    await renderPhotos(pool, photos.slice(0, 2));
    await inPairs(photos.slice(0, 2), renderPlainly);
    for (let round = 0; round < rounds; round++) {
      let started = performance.now();
      const plain = await cpuMs(() => inPairs(photos, renderPlainly));
      best.plain = Math.min(best.plain, performance.now() - started);
      started = performance.now();
      const ours = await cpuMs(() => renderPhotos(pool, photos));
      best.ours = Math.min(best.ours, performance.now() - started);
      best.plainCpu = Math.min(best.plainCpu, plain.ms);
      best.oursCpu = Math.min(best.oursCpu, ours.ms);
    }
  } finally {
    await pool.close();
  }
  const megapixels = photos.reduce((sum, photo) => sum + photo.megapixels, 0);
  return [
    {
      measure: "photos a second on 2 cores, search included, beside plain sharp",
      value: (photos.length / best.ours) * 1000,
      limit: (photos.length / best.plain) * 1000,
      atLeast: 0.6,
    },
    {
      measure: "CPU a megapixel received, beside plain sharp (ms)",
      value: best.oursCpu / megapixels,
      limit: best.plainCpu / megapixels,
    },
  ];
}
