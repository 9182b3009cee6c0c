import { parentPort } from "node:worker_threads";
import { ImageRefused } from "./image-refused.js";
import { makeAvif, makeRenditions } from "./make-renditions.js";
import type { RenderAnswer, RenderTask } from "./render-pool.js";

/*
 * A worker thread of the render pool: one task at a time, answered by its result, the reason of a
 * refusal, or a failure whose words stay on the server.
 */
const port = parentPort;
if (!port) throw new Error("render-worker.ts runs as a worker thread");

/** Buffers of their own memory move to the other thread; shared pool memory must be copied. */
function transferable(buffers: (Buffer | null)[]): ArrayBuffer[] {
  return buffers.flatMap((bytes) =>
    bytes?.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
      ? [bytes.buffer]
      : [],
  );
}

async function answer(task: RenderTask): Promise<RenderAnswer> {
  const bytes = Buffer.from(task.bytes.buffer, task.bytes.byteOffset, task.bytes.byteLength);
  try {
    if (task.kind === "avif")
      return { ok: true, kind: "avif", avif: await makeAvif({ ...task, bytes }, task.settings) };
    const image = await makeRenditions({ bytes, format: task.format }, task.settings);
    return { ok: true, kind: "renditions", image };
  } catch (error) {
    if (error instanceof ImageRefused) return { ok: false, refused: error.reason, failure: null };
    return {
      ok: false,
      refused: null,
      failure: error instanceof Error ? error.message : "unknown",
    };
  }
}

port.on("message", (task: RenderTask) => {
  void answer(task).then((reply) => {
    const moved =
      !reply.ok || reply.kind === "avif"
        ? []
        : transferable([reply.image.original, ...reply.image.renditions.map((r) => r.bytes)]);
    // The same bytes may serve as two renditions.
    port.postMessage(reply, [...new Set(moved)]);
  });
});
