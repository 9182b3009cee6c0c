import { parseArgs } from "node:util";
import { keptPromise, type Outcome } from "./check-promise.js";
import { faults, whyNot } from "./fault-list.js";
import { startCluster, type Cluster } from "./start-cluster.js";

/**
 * `npm run test:faults -- [--rounds N] [--seed S] [--only WORDS]…`: every fault (whose name
 * has one of the WORDS) at full length, each round with another seed, on a cluster of its own; prints
 * what became of the promise.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    only: { type: "string", multiple: true, default: [""] },
  },
});
const rounds = Number(values.rounds);
const firstSeed = Number(values.seed);
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(firstSeed)) {
  process.stderr.write("usage: npm run test:faults -- [--rounds N] [--seed S] [--only WORDS]...\n");
  process.exit(1);
}

const columns = ["acknowledged", "stored", "lost", "doubled", "outOfOrder"] as const;
const say = (text: string) => process.stdout.write(`${text}\n`);
say(
  ["fault".padEnd(62), ...columns.map((name) => name.padStart(12)), "seconds".padStart(9)].join(""),
);

function show(name: string, outcome: Outcome): void {
  const counts = columns.map((column) => String(outcome[column]).padStart(12));
  say([name.padEnd(62), ...counts, outcome.secondsToConverge.toFixed(1).padStart(9)].join(""));
}

let broken = 0;
for (let round = 0; round < rounds; round += 1) {
  const seed = firstSeed + round;
  say(`round ${round + 1} of ${rounds}, seed ${seed}`);
  for (const fault of faults) {
    if (!values.only.some((words) => fault.name.includes(words))) continue;
    const reason = whyNot(fault);
    if (reason !== null) {
      say(`${fault.name.padEnd(62)}  skipped: ${reason}`);
      continue;
    }
    let cluster: Cluster | undefined;
    try {
      cluster = await startCluster({ ...fault.options, seed });
      const outcome = await fault.run(cluster, true);
      show(fault.name, outcome);
      if (!keptPromise(outcome)) broken += 1;
    } catch (error) {
      broken += 1;
      say(
        `${fault.name.padEnd(62)}  FAILED: ${error instanceof Error ? error.message : String(error)}`,
      );
      if (cluster !== undefined) say(cluster.describe());
    } finally {
      await cluster?.stop();
    }
  }
}
say(broken === 0 ? "The promise held." : `The promise broke ${broken} times.`);
process.exit(broken === 0 ? 0 : 1);
