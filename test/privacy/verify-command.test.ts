import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { MongoClient } from "mongodb";
import { signInAdmin } from "../support/sign-in.js";
import { startApp, type TestApp } from "../support/start-app.js";

describe("npm run privacy:verify", () => {
  let app: TestApp;
  before(async () => {
    app = await startApp();
    // Leaves records in the chain of audit.
    await signInAdmin(app);
  });
  after(() => app.stop());

  /** The command beside the running server, as an administrator would start it. */
  function verify(...flags: string[]): Promise<{ status: number; text: string }> {
    const { dataDir, mongoUrl, keysFile } = app.config;
    const entry = fileURLToPath(new URL("../../server/verify-privacy.js", import.meta.url));
    const env = {
      PATH: process.env["PATH"],
      DATA_DIR: dataDir,
      ...(mongoUrl === null ? {} : { MONGO_URL: mongoUrl, KEYS_FILE: keysFile }),
    };
    return new Promise((resolve) => {
      execFile(process.execPath, [entry, ...flags], { env }, (error, stdout, stderr) => {
        const status = error === null ? 0 : Number(error.code ?? 1);
        resolve({ status, text: stdout + stderr });
      });
    });
  }

  it("says that every chain holds, and at which seq one does not (hard test 10)", async () => {
    const whole = await verify();
    assert.equal(whole.status, 0, whole.text);
    assert.match(whole.text, /^audit .* holds, \d+ records/m);

    const client = await MongoClient.connect(app.storeUrl());
    const named = /^mongodb:\/\/[^/]*\/[^?]/.test(app.storeUrl());
    const db = named ? client.db() : client.db("porchlight");
    await db.collection("audit").updateOne({ seq: 1 }, { $set: { act: "nothing.happened" } });
    await client.close();

    const edited = await verify();
    assert.equal(edited.status, 1);
    assert.match(edited.text, /^audit .* DOES NOT HOLD at 1: edited/m);
  });
});
