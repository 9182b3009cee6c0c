import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "../support/start-app.js";
import { requireTool } from "../support/tools.js";
import { assertKept, checkPromise } from "./check-promise.js";
import { startBurst } from "./burst.js";
import { createPart } from "./processes.js";
import { startCluster, type Cluster } from "./start-cluster.js";

const deploy = (name: string) => fileURLToPath(new URL(`../../../deploy/${name}`, import.meta.url));

/** The shipped file with this test's ports, without TLS, and with its logs in the test's folder. */
async function nginxConfig(folder: string, port: number, nodes: number[]): Promise<string> {
  const shipped = await readFile(deploy("nginx.conf"), "utf8");
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

describe("behind the shipped proxy files", function () {
  this.timeout(120_000);
  let cluster: Cluster | undefined;
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "porchlight-proxy-"));
  });
  after(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("a rolling restart under load loses nothing", async function () {
    requireTool(this, "redis-server");
    const nginx = requireTool(this, "nginx");
    cluster = await startCluster({ env: { TRUST_PROXY: "127.0.0.1" } });
    const { nodes } = cluster;
    const [port] = await freePorts(1);
    assert.ok(port);
    const config = join(folder, "nginx.conf");
    await writeFile(
      config,
      await nginxConfig(
        folder,
        port,
        nodes.map((node) => node.port),
      ),
    );
    const proxy = createPart({ command: nginx, words: ["-p", folder, "-c", config], port });
    await proxy.start();
    try {
      const urls = [`http://127.0.0.1:${port}`];
      const burst = await startBurst(cluster, { urls });
      await burst.acknowledged(15);
      for (const { part } of nodes) {
        assert.equal(await part.end(), 0);
        await burst.acknowledged(5);
        await part.start();
        await burst.acknowledged(5);
      }
      burst.stop();
      const reader = await cluster.reader();
      assertKept(await checkPromise(reader, burst.senders, burst.screens, 40_000));
      await reader.close();
      const log = await readFile(join(folder, "porchlight.log"), "utf8");
      assert.ok(!/[?&]site=/.test(log), "the proxy's log holds a query");
    } finally {
      await proxy.kill();
    }
  });

  it("Caddy takes its file", function () {
    const caddy = requireTool(this, "caddy");
    const words = ["validate", "--adapter", "caddyfile", "--config", deploy("Caddyfile")];
    const checked = spawnSync(caddy, words, {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: folder, XDG_DATA_HOME: folder },
    });
    assert.equal(checked.status, 0, checked.stderr);
  });
});
