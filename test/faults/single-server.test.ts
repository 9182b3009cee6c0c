import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStore } from "../support/read-store.js";
import { freePorts } from "../support/start-app.js";
import { startBurst } from "./burst.js";
import { assertKept, checkPromise } from "./check-promise.js";
import { CONVERGE_MS, newToken } from "./play-fault.js";
import { nodePart, type Part } from "./processes.js";
import { seeded } from "./random.js";
import { openReliableClient, type ReliableClient } from "./reliable-client.js";
import { findSite, publicUrl, signInFirst, unlimitedRates } from "./start-cluster.js";

/** The clusters of the other faults have their store in a process of its own; here it dies with the server. */
describe("no message is lost, doubled or out of order when a server with its store inside", function () {
  this.timeout(120_000);
  let folder: string;
  let part: Part;
  let port: number;
  const clients: ReliableClient[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "porchlight-single-"));
    [port = 0] = await freePorts(1);
    part = nodePart({
      PORT: String(port),
      DEMO_PORT: "off",
      PUBLIC_URL: publicUrl,
      DATA_DIR: folder,
      PING_INTERVAL: "1",
      PING_TIMEOUT: "1",
      LOG_LEVEL: "info",
      ...unlimitedRates,
    });
    await part.start();
  });
  after(async () => {
    for (const client of clients) client.stop();
    await part.kill();
    await rm(folder, { recursive: true, force: true });
  });

  const reader = () =>
    readStore(`mongodb://${encodeURIComponent(join(folder, "mongo.sock"))}/porchlight`);

  it("is killed mid-burst, again and again", async () => {
    const cookie = await signInFirst({ part, port });
    const { id, key } = await findSite(await reader());
    const open = (who: Pick<Parameters<typeof openReliableClient>[0], "visitor" | "operator">) => {
      const client = openReliableClient({
        urls: [`http://127.0.0.1:${port}`],
        ackMs: 4000,
        holdAfter: Infinity,
        ...who,
      });
      clients.push(client);
      return client;
    };
    const burst = await startBurst(
      {
        random: seeded(1),
        visitor: ({ token = newToken() } = {}) =>
          open({ visitor: { site: key, token }, operator: null }),
        operator: () => open({ visitor: null, operator: { site: id, cookie, origin: publicUrl } }),
      },
      { everyMs: 5 },
    );
    for (let kill = 0; kill < 3; kill += 1) {
      await burst.acknowledged(150);
      await part.kill();
      await part.start();
    }
    await burst.acknowledged(50);
    burst.stop();
    const store = await reader();
    try {
      assertKept(await checkPromise(store, burst.senders, burst.screens, CONVERGE_MS));
    } finally {
      await store.close();
    }
  });
});
