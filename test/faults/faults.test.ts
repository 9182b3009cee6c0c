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
  afterEach(() => shared.calm());
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
      const cluster = fault.options === undefined ? shared : await startCluster(fault.options);
      try {
        assertKept(await fault.run(cluster, false));
      } catch (error) {
        process.stdout.write(`${cluster.describe()}\n`);
        throw error;
      } finally {
        if (cluster !== shared) await cluster.stop();
      }
    });
  }
});
