import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { startApp } from "../support/start-app.js";

describe("stopping the server", () => {
  it("is not held up by a browser's spare connections, which never asked anything", async () => {
    const app = await startApp();
    const ports = [app.url, app.demoUrl ?? ""].map((url) => Number(new URL(url).port));
    const spare = await Promise.all(
      ports.map(async (port) => {
        const socket = connect(port, "127.0.0.1");
        await once(socket, "connect");
        return { socket, closed: once(socket, "close") };
      }),
    );
    // Each server has accepted them once it has answered somebody who came later.
    for (const url of [`${app.url}/healthz`, app.demoUrl ?? ""])
      await (await fetch(url)).arrayBuffer();

    const started = performance.now();
    await app.stop();
    for (const one of spare) await one.closed;
    const seconds = (performance.now() - started) / 1000;
    assert.ok(seconds < 8, `stopped after ${seconds.toFixed(1)} s`);
  });
});
