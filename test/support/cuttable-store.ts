import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedMongo } from "../../server/embedded-mongo/start-embedded-mongo.js";

/** A store behind a line that the test can cut, for what a server does without its store. */
export interface CuttableStore {
  /** Settings of a server on it. */
  env: Record<string, string>;
  /** Drops every connection and takes no new one. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

export async function startCuttableStore(): Promise<CuttableStore> {
  const folder = await mkdtemp(join(tmpdir(), "porchlight-store-"));
  const store = await startEmbeddedMongo({ dataDir: folder });
  const path = decodeURIComponent(store.url.replace(/^mongodb:\/\//, "").replace(/\/$/, ""));
  const lines = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(path);
    lines.add(near);
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => {
        lines.delete(near);
        other.destroy();
      });
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      MONGO_URL: `mongodb://127.0.0.1:${port}/porchlight`,
      KEYS_FILE: join(folder, "keys.json"),
    },
    cut() {
      whole = false;
      for (const line of lines) line.destroy();
    },
    mend() {
      whole = true;
    },
    async stop() {
      for (const line of lines) line.destroy();
      await new Promise((done) => server.close(done));
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
