import { assertKept } from "./check-promise.js";
import { faults, whyNot } from "./fault-list.js";
import { startCluster, type Cluster } from "./start-cluster.js";
import { requireTool } from "../support/tools.js";

/** Each fault once, shortened. `npm run test:faults -- --rounds N` plays them at full length. */
describe("no message is lost, doubled or out of order when", function () {
  this.timeout(90_000);
  let shared: Cluster;
  before(async function () {
    requireTool(this, "redis-server");
    shared = await startCluster();
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") process.stdout.write(`${shared.describe()}\n`);
    await shared.calm();
  });
  after(async () => {
    await shared.stop();
  });

  for (const fault of faults) {
    it(fault.name, async function () {
      if (fault.needs === "nginx") requireTool(this, "nginx");
      const reason = whyNot(fault);
      if (reason !== null) {
        process.stdout.write(`    skipped: ${reason}\n`);
        this.skip();
      }
      if (fault.options === undefined) {
        assertKept(await fault.run(shared, false));
        return;
      }
      const own = await startCluster(fault.options);
      try {
        assertKept(await fault.run(own, false));
      } finally {
        await own.stop();
      }
    });
  }
});
