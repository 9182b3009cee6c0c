import assert from "node:assert/strict";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { io } from "socket.io-client";
import { paths } from "../shared/paths.js";
import { OPERATOR_NAMESPACE, PROTOCOL_VERSION, SOCKET_PATH } from "../shared/protocol.js";
import { readConfig } from "../server/config.js";
import { runServer, type ServerProcess } from "./support/run-server.js";
import { adminForm, callJson } from "./support/sign-in.js";
import { testEnv } from "./support/start-app.js";

describe("the server's process", function () {
  // Each test starts several processes one after another.
  this.timeout(60_000);
  let dataDir: string;
  let env: Record<string, string>;
  const running: ServerProcess[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "porchlight-"));
    env = await testEnv(dataDir);
  });
  afterEach(async () => {
    for (const { child, exited } of running.splice(0)) {
      child.kill("SIGKILL");
      await exited;
    }
    await rm(dataDir, { recursive: true, force: true });
  });

  const run = (name: string, extra: Record<string, string> = {}, words: string[] = []) => {
    const server = runServer(name, { ...env, ...extra }, words);
    running.push(server);
    return server;
  };
  const started = async () => {
    const server = run("main");
    await server.waitFor(/Data {8}/);
    return server;
  };
  const publicUrl = () => `http://localhost:${env["PORT"] ?? ""}`;
  const setUp = (token: string | undefined, password: string) =>
    callJson(`${publicUrl()}${paths.setup}`, {
      method: "POST",
      headers: { origin: publicUrl() },
      body: { ...adminForm, password, token },
    });

  it("prints the shop, the one-time link, the script tag and the data's place; logs no link", async () => {
    const server = await started();
    const text = server.stdout();
    assert.match(text, new RegExp(`Demo shop +http://127\\.0\\.0\\.1:${env["DEMO_PORT"] ?? ""}\n`));
    assert.match(text, new RegExp(`Dashboard +${publicUrl()}/dashboard/#/setup/[\\w-]{43}\n`));
    const tag = /<script src="([^"]+)" async><\/script>/.exec(text)?.[1];
    assert.equal((await fetch(tag ?? "")).status, 200);
    assert.ok(text.includes(`Data        ${dataDir}`));
    const token = /setup\/([\w-]{43})/.exec(text)?.[1];
    assert.equal((await setUp(token, adminForm.password)).status, 200);
    assert.ok(!server.stderr().includes(token ?? ""));
    assert.equal((await stat(join(dataDir, "keys.json"))).mode & 0o777, 0o600);
    for (const entry of await readdir(dataDir, { recursive: true })) {
      const { mode } = await stat(join(dataDir, entry));
      assert.equal(mode & 0o077, 0, `${entry} is the owner's alone`);
    }
  });

  it("stops cleanly on SIGTERM within ten seconds, with connections open, and keeps everything", async () => {
    const server = await started();
    await fetch(`${publicUrl()}/healthz`);
    const at = Date.now();
    server.child.kill("SIGTERM");
    assert.equal(await server.exited, 0);
    assert.ok(Date.now() - at < 10_000);
    const again = await started();
    const tag = (text: string) => /\/w\/[\w-]+\.js/.exec(text)?.[0];
    assert.equal(tag(again.stdout()), tag(server.stdout()));
  });

  it("names the variable of a port that is taken", async () => {
    for (const name of ["PORT", "DEMO_PORT"]) {
      const taken = createServer();
      await new Promise<void>((done) => taken.listen(Number(env[name]), "127.0.0.1", done));
      const server = run("main");
      assert.equal(await server.exited, 1);
      assert.equal(
        server.stderr().match(/Port .*$/m)?.[0],
        `Port ${env[name] ?? ""} is taken. Set ${name} to another one.`,
      );
      await new Promise((done) => taken.close(done));
    }
  });

  it("refuses missing, wrong and damaged keys over existing data, names the file, makes no new one", async () => {
    const server = await started();
    server.child.kill("SIGTERM");
    await server.exited;
    const file = join(dataDir, "keys.json");
    const right = await readFile(file, "utf8");

    await rm(file);
    const missing = run("main");
    assert.equal(await missing.exited, 1);
    assert.match(missing.stderr(), new RegExp(`keys file ${file} is missing`));
    await assert.rejects(stat(file), "no new file was made");

    const other = JSON.parse(right) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...other, links: other["address"] }));
    const wrong = run("main");
    assert.equal(await wrong.exited, 1);
    assert.match(wrong.stderr(), new RegExp(`keys file ${file} is not the one`));

    await writeFile(file, right.slice(0, 100));
    const damaged = run("main");
    assert.equal(await damaged.exited, 1);
    assert.match(damaged.stderr(), new RegExp(`keys file ${file} is damaged`));

    await writeFile(file, right);
    await started();
  });

  it("warns where others can read the keys, and says what to do", async () => {
    const server = await started();
    assert.doesNotMatch(server.stderr(), /keys file/);
    server.child.kill("SIGTERM");
    await server.exited;
    const file = join(dataDir, "keys.json");
    await chmod(file, 0o644);
    const open = await started();
    assert.match(open.stderr(), new RegExp(`Others can read the keys file ${file}.*chmod 600`));
  });

  it("admin:link beside the running server ends the sessions and sets a new password", async () => {
    const server = await started();
    const token = /setup\/([\w-]{43})/.exec(server.stdout())?.[1];
    const first = await setUp(token, adminForm.password);
    const cookie = first.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const me = () => callJson(`${publicUrl()}${paths.me}`, { headers: { cookie } });
    assert.equal((await me()).status, 200);

    const nobody = run("admin-link", {}, ["eve@example.org"]);
    assert.equal(await nobody.exited, 1);
    assert.equal((await me()).status, 200);

    await callJson(`${publicUrl()}${paths.confidentiality}`, {
      method: "POST",
      headers: { origin: publicUrl(), cookie },
      body: { accepted: true },
    });
    const socket = io(`${publicUrl()}${OPERATOR_NAMESPACE}`, {
      path: SOCKET_PATH,
      query: { v: String(PROTOCOL_VERSION) },
      transports: ["websocket"],
      extraHeaders: { origin: publicUrl(), cookie },
      reconnection: false,
    });
    const ended = new Promise((done) => socket.on("session:ended", done));
    await new Promise<void>((done, failed) => {
      socket.on("connect", done);
      socket.on("connect_error", failed);
    });
    const command = run("admin-link", {}, [adminForm.email]);
    assert.equal(await command.exited, 0, command.stderr());
    assert.equal((await me()).status, 401);
    await ended;
    socket.close();
    const link = /setup\/([\w-]{43})/.exec(command.stdout())?.[1];
    assert.equal((await setUp(link, "another lamp, another door")).status, 200);
    const signIn = (password: string) =>
      callJson(`${publicUrl()}${paths.signIn}`, {
        method: "POST",
        headers: { origin: publicUrl() },
        body: { email: adminForm.email, password },
      });
    assert.equal((await signIn(adminForm.password)).status, 401);
    assert.equal((await signIn("another lamp, another door")).status, 200);
  });

  it("admin:link works while the server is stopped", async () => {
    const server = await started();
    await setUp(/setup\/([\w-]{43})/.exec(server.stdout())?.[1], adminForm.password);
    server.child.kill("SIGTERM");
    await server.exited;
    const command = run("admin-link", {}, [adminForm.email]);
    assert.equal(await command.exited, 0, command.stderr());
    await started();
    const link = /setup\/([\w-]{43})/.exec(command.stdout())?.[1];
    assert.equal((await setUp(link, "another lamp, another door")).status, 200);
  });

  it("tells every problem of the configuration at once, each with its variable", async () => {
    const server = run("main", {
      PORT: "http",
      HOST: "0.0.0.0",
      SMTP_URL: "mail.example",
      TRUST_PROXY: "everybody",
      RATE_SEND_VISITOR: "many",
    });
    assert.equal(await server.exited, 1);
    for (const name of ["PORT", "HOST", "SMTP_URL", "TRUST_PROXY", "RATE_SEND_VISITOR"])
      assert.match(server.stderr(), new RegExp(`- ${name} `));
  });

  it("JPEGR-11: HOST beyond this machine needs https, or ALLOW_HTTP=1", () => {
    const open = { ...env, HOST: "0.0.0.0" };
    assert.throws(() => readConfig(open), /HOST reaches beyond this machine/);
    assert.equal(readConfig({ ...open, ALLOW_HTTP: "1" }).host, "0.0.0.0");
    assert.equal(readConfig({ ...open, PUBLIC_URL: "https://chat.example" }).host, "0.0.0.0");
    assert.throws(
      () => readConfig({ ...env, MONGO_URL: "mongodb://db", KEYS_FILE: "" }),
      /KEYS_FILE/,
    );
  });

  it("REDIS_URL without MONGO_URL says why not", () => {
    const several = { ...env, MONGO_URL: "", REDIS_URL: "redis://cache" };
    assert.throws(() => readConfig(several), /must share a store: set MONGO_URL, too/);
    const shared = { ...several, MONGO_URL: "mongodb://db", KEYS_FILE: "/etc/keys.json" };
    assert.equal(readConfig(shared).redisUrl, "redis://cache");
  });

  it("in production without a build names the command", async () => {
    const source = fileURLToPath(new URL("../../server/start.mjs", import.meta.url));
    await mkdir(join(dataDir, "server"));
    await cp(source, join(dataDir, "server/start.mjs"));
    for (const folder of ["shared", "widget", "dashboard"]) await mkdir(join(dataDir, folder));
    const result = spawnSync(process.execPath, [join(dataDir, "server/start.mjs")], {
      env: { ...process.env, NODE_ENV: "production" },
      encoding: "utf8",
    });
    assert.equal(result.status, 1);
    assert.match(result.stderr, /There is no build\. Run: npm ci && npm run build/);
  });
});
