import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeHeic } from "../../server/attachments/decode-heic.js";

/** Makes libheif-js look as if it had been left out when the packages were installed. */
const withoutLibheif = `
const Module = require("node:module");
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (name.startsWith("libheif-js"))
    throw Object.assign(new Error("not installed"), { code: "MODULE_NOT_FOUND" });
  return resolve.call(this, name, ...rest);
};`;

describe("HEIC", () => {
  const noPhoto = Buffer.from("\0\0\0\x18ftypheic\0\0\0\0heicmif1", "latin1");

  it("that is none is damaged, where the decoder is there", () => {
    assert.throws(() => decodeHeic(noPhoto, 1e6), { reason: "damaged" });
  });

  it("is not supported where libheif-js was left out", () => {
    const folder = mkdtempSync(join(tmpdir(), "porchlight-heic-"));
    const hook = join(folder, "without-libheif.cjs");
    writeFileSync(hook, withoutLibheif);
    const module = new URL("../../server/attachments/decode-heic.js", import.meta.url).href;
    const program = `import { decodeHeic } from ${JSON.stringify(module)};
      try { decodeHeic(Buffer.from(process.argv[1], "base64"), 1e6); }
      catch (error) { process.stdout.write(String(error.reason)); }`;
    try {
      const words = ["--require", hook, "--input-type=module", "--eval", program];
      const said = execFileSync(process.execPath, [...words, "--", noPhoto.toString("base64")]);
      assert.equal(said.toString(), "heic_unsupported");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
