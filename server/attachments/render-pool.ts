import { Worker } from "node:worker_threads";
import { ImageRefused } from "./image-refused.js";
import type { RefusalReason } from "./image-refused.js";
import type { RenderedImage } from "./make-renditions.js";
import type { ImageFormat, PhotoSettings } from "./rendition-specs.js";

/** What a worker is asked. `bytes` moves to it and is gone here. */
export interface RenderTask {
  kind: "renditions" | "avif";
  bytes: Uint8Array<ArrayBuffer>;
  format: ImageFormat;
  settings: PhotoSettings;
}

export type RenderAnswer =
  | { ok: true; kind: "renditions"; image: RenderedImage }
  | { ok: true; kind: "avif"; avif: Uint8Array }
  | { ok: false; refused: RefusalReason | null; failure: string | null };

export interface RenderPool {
  /** @throws ImageRefused; any other error is the server's own */
  run(task: RenderTask): Promise<RenderAnswer & { ok: true }>;
  close(): Promise<void>;
}

/** Answers, or the thread's death before one. */
function ask(worker: Worker, task: RenderTask): Promise<RenderAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
    };
    const onMessage = (answer: RenderAnswer): void => {
      settle();
      resolve(answer);
    };
    const onError = (error: unknown): void => {
      settle();
      reject(new Error("The image worker failed", { cause: error }));
    };
    const onExit = (): void => {
      settle();
      reject(new Error("The image worker ended before it answered"));
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage(task, [task.bytes.buffer]);
  });
}

/**
 * Worker threads that render, each one task at a time, started as they are needed. The
 * caller sees to it that no more tasks run than there are workers.
 *
 * A task past its time ends with its thread. What libvips is doing at that moment it finishes on
 * its own, and only then is the thread gone; the pixel limits keep that short, and its place is
 * not given away before.
 */
export function createRenderPool(): RenderPool {
  const idle: Worker[] = [];
  const all = new Set<Worker>();

  function start(): Worker {
    const worker = new Worker(new URL("./render-worker.js", import.meta.url), {
      // Thread start-up reads no environment of ours, and a worker needs none.
      env: {},
    });
    all.add(worker);
    worker.once("exit", () => {
      all.delete(worker);
      const at = idle.indexOf(worker);
      if (at >= 0) idle.splice(at, 1);
    });
    // Idle threads do not keep the process from ending.
    worker.unref();
    return worker;
  }

  return {
    async run(task) {
      const worker = idle.pop() ?? start();
      const { format } = task;
      const limit = { passed: false };
      const timer = setTimeout(() => {
        limit.passed = true;
        void worker.terminate();
      }, task.settings.timeLimitMs);
      try {
        const answer = await ask(worker, task);
        // WebAssembly memory never shrinks: a thread that decoded a HEIC is not kept.
        if (format === "heic") await worker.terminate();
        else idle.push(worker);
        if (answer.ok) return answer;
        if (answer.refused) throw new ImageRefused(answer.refused);
        throw new Error(`The photo could not be rendered: ${answer.failure ?? "no reason"}`);
      } catch (error) {
        if (!limit.passed) throw error;
        await worker.terminate();
        throw new ImageRefused("too_large", { cause: error });
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}
