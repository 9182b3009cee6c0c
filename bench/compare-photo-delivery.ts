import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io } from "socket.io-client";
import { OPERATOR_NAMESPACE, SOCKET_PATH } from "../shared/protocol.js";
import { createPhotoVisitor, newId, type PhotoVisitor } from "../test/attachments/photo-visitor.js";
import { makePhoto } from "../test/support/make-photo.js";
import { runServer } from "../test/support/run-server.js";
import { signInAdmin } from "../test/support/sign-in.js";
import { testEnv } from "../test/support/start-app.js";
import { renderPlainly, type Photo } from "./photo-set.js";
import type { BenchRow } from "./print-table.js";

const rounds = 5;

/** The server as a process of its own, its terminal's words read. */
async function startServer(folder: string) {
  const env = await testEnv(folder);
  const rates = { RATE_UPLOAD_VISITOR: "1000/60", RATE_UPLOAD_ADDRESS: "1000/60" };
  const server = runServer("main", { ...env, ...rates, LOG_LEVEL: "warn" });
  const said = await server.waitFor(/Data {8}/);
  const find = (pattern: RegExp): string => pattern.exec(said)?.[1] ?? "";
  return {
    url: `http://localhost:${env["PORT"] ?? ""}`,
    demoKey: find(/\/w\/([\w-]+)\.js/),
    origin: new URL(find(/Demo shop\s+(\S+)/)).origin,
    setupLink: () => Promise.resolve(find(/Dashboard\s+(\S+)/)),
    async stop() {
      server.child.kill("SIGTERM");
      await server.exited;
    },
  };
}

/** An operator at the dashboard's socket. */
async function openOperator(server: Awaited<ReturnType<typeof startServer>>) {
  const { cookie } = await signInAdmin(server);
  const operator = io(`${server.url}${OPERATOR_NAMESPACE}`, {
    path: SOCKET_PATH,
    transports: ["websocket"],
    reconnection: false,
    forceNew: true,
    extraHeaders: { origin: server.url, cookie },
  });
  await new Promise<void>((resolve, reject) => {
    operator.once("connect", resolve).once("connect_error", reject);
  });
  return {
    /** Until this socket has heard of this message. */
    heard: (clientId: string) =>
      new Promise<void>((resolve, reject) => {
        const hear = (message: { clientId: string }): void => {
          if (message.clientId !== clientId) return;
          clearTimeout(late);
          operator.off("message:sent", hear);
          resolve();
        };
        const late = setTimeout(() => reject(new Error("no message came")), 10_000);
        operator.on("message:sent", hear);
      }),
    stop: () => operator.disconnect(),
  };
}

/** From the upload's first byte until an operator's socket has the message that names the photo. */
export async function compareDelivery(photos: readonly Photo[]): Promise<BenchRow[]> {
  const real = photos.find(({ megapixels }) => megapixels > 11.5 && megapixels < 12.5);
  const file = real?.file ?? (await makePhoto());
  const folder = await mkdtemp(join(tmpdir(), "porchlight-bench-"));
  const server = await startServer(folder);
  const visitor = createPhotoVisitor(server);
  let stopOperator = (): unknown => undefined;
  try {
    const operator = await openOperator(server);
    stopOperator = operator.stop;
    return await measure(file, visitor, operator.heard);
  } finally {
    visitor.stop();
    stopOperator();
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

async function measure(
  file: Buffer,
  visitor: PhotoVisitor,
  heard: (clientId: string) => Promise<void>,
): Promise<BenchRow[]> {
  const best = { ours: Infinity, plain: Infinity };
  // The first round starts threads, codecs and connections, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    let started = performance.now();
    await renderPlainly({ file });
    const plain = performance.now() - started;
    const clientId = newId();
    started = performance.now();
    const { status, body } = await visitor.upload(file);
    if (status !== 201) throw new Error(`refused: ${body.code}`);
    const [sent] = await Promise.all([visitor.send([body.id], clientId), heard(clientId)]);
    if (!sent.ok) throw new Error(`refused: ${sent.code}`);
    const ours = performance.now() - started;
    if (round === 0) continue;
    best.plain = Math.min(best.plain, plain);
    best.ours = Math.min(best.ours, ours);
  }
  return [
    { measure: "plain sharp, one 12-megapixel photo (ms)", value: best.plain },
    {
      measure: "one 12-megapixel upload to delivered message, at idle (ms)",
      value: best.ours,
      atMost: Math.round(1.5 * best.plain + 150),
    },
  ];
}
