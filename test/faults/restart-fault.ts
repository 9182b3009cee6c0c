import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePorts } from "../support/start-app.js";
import { findTool } from "../support/tools.js";
import { startBurst } from "./burst.js";
import { healing, settle, type Fault } from "./play-fault.js";
import { createPart } from "./processes.js";

export const deployFile = (name: string) =>
  fileURLToPath(new URL(`../../../deploy/${name}`, import.meta.url));

/** The shipped file with this test's ports, without TLS, and with its logs in the test's folder. */
async function nginxConfig(folder: string, port: number, nodes: number[]): Promise<string> {
  const shipped = await readFile(deployFile("nginx.conf"), "utf8");
  const [one, other] = nodes;
  const ours = shipped
    .replaceAll("127.0.0.1:3000", `127.0.0.1:${one}`)
    .replaceAll("127.0.0.1:3010", `127.0.0.1:${other}`)
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
    .replace(/^\s*ssl_certificate.*$/gm, "")
    .replaceAll("/var/log/nginx/", `${folder}/`);
  assert.notEqual(ours, shipped);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n");
  return `daemon off;\npid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\n${temporary}\n${ours}\n}\n`;
}

/** Nodes are stopped and started one after the other, behind the proxy file that is shipped. */
export const restartFault: Fault = {
  name: "a rolling restart under load, behind the shipped nginx file",
  needs: "nginx",
  options: { env: { TRUST_PROXY: "127.0.0.1" } },
  async run(cluster, full) {
    const folder = await mkdtemp(join(tmpdir(), "porchlight-proxy-"));
    const [port] = await freePorts(1);
    assert.ok(port);
    const config = join(folder, "nginx.conf");
    const ports = cluster.nodes.map((node) => node.port);
    await writeFile(config, await nginxConfig(folder, port, ports));
    const command = findTool("nginx") ?? "nginx";
    const proxy = createPart({ command, words: ["-p", folder, "-c", config], port });
    await proxy.start();
    try {
      const burst = await startBurst(cluster, { urls: [`http://127.0.0.1:${port}`] });
      await burst.acknowledged(full ? 60 : 15);
      for (let round = 0; round < (full ? 3 : 1); round += 1)
        for (const { part } of cluster.nodes) {
          assert.equal(await part.end(), 0);
          await burst.acknowledged(5);
          await part.start();
          await burst.acknowledged(5);
          if (full) await wait(2000);
        }
      const secondsToConverge = await healing(cluster, burst.senders, burst.screens);
      burst.stop();
      const outcome = await settle(cluster, burst.senders, burst.screens);
      const log = await readFile(join(folder, "porchlight.log"), "utf8");
      assert.ok(!/[?&]site=/.test(log), "the proxy's log holds a query");
      return { ...outcome, secondsToConverge };
    } finally {
      // Killed, it would leave its workers behind.
      await proxy.end();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
