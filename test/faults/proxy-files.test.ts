import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireTool } from "../support/tools.js";
import { deployFile } from "./restart-fault.js";

/** nginx's file is played by the rolling restart in faults.test.ts. */
describe("the shipped Caddy files", () => {
  for (const name of ["Caddyfile", "Caddyfile.compose"])
    it(`${name} is taken by Caddy`, async function () {
      const caddy = requireTool(this, "caddy");
      const folder = await mkdtemp(join(tmpdir(), "porchlight-caddy-"));
      try {
        const words = ["validate", "--adapter", "caddyfile", "--config", deployFile(name)];
        const checked = spawnSync(caddy, words, {
          encoding: "utf8",
          env: { PATH: process.env["PATH"], HOME: folder, XDG_DATA_HOME: folder },
        });
        assert.equal(checked.status, 0, checked.stderr);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
});
