import assert from "node:assert/strict";
import { createLog, maskUrl, scrubText } from "../../server/infra/log.js";

describe("what a log may show", () => {
  it("a path without query, tokens and signed parts", () => {
    for (const [url, shown] of [
      ["/api/sites/KEY/panel?language=en&email=a@b.example", "/api/sites/KEY/panel"],
      ["/u/eyJ.sig?x", "/u/:token"],
      ["/confirm/abc", "/confirm/:token"],
      ["/a/ID/full/READER/123.sig", "/a/:signed"],
      [`/x/${"t".repeat(43)}`, "/x/:token"],
      ["/x/ann%40example.org", "/x/:mail"],
      ["/x/2001:db8::7", "/x/:address"],
      ["/x/::1/12:30:05", "/x/::1/12:30:05"],
    ] as const)
      assert.equal(maskUrl(url), shown, url);
  });

  it("takes no longer for a path or a text that somebody made long", () => {
    const long = ["/", "a@", "?", "/?", "1.", "::", "x"].map((part) => part.repeat(200_000));
    const before = process.cpuUsage();
    for (const text of long) {
      assert.ok(maskUrl(text).length <= 1000);
      assert.ok(scrubText(text).length <= 20_000);
    }
    const { user } = process.cpuUsage(before);
    assert.ok(user < 500_000, `${user} us of a core`);
  });

  it("an error's kind and place, without the data that drivers put into it", () => {
    assert.equal(
      scrubText('E11000 duplicate key error dup key: { email: "ann@example.org" }'),
      "E11000 duplicate key error dup key",
    );
    assert.equal(
      scrubText("GET https://x.example/p?email=1 from 203.0.113.7 by ann@example.org failed"),
      "GET https://x.example/p from :address by :mail failed",
    );
    const lines: string[] = [];
    const log = createLog({ logLevel: "debug" }, { write: (line) => void lines.push(line) });
    const cause = Object.assign(new Error("550 no such user ann@example.org"), {
      command: "RCPT TO:<ann@example.org>",
    });
    log.error({ err: new Error("not sent to ann@example.org", { cause }) }, "failed");
    const [line = ""] = lines;
    assert.ok(!line.includes("ann@"), line);
    const logged = JSON.parse(line) as {
      err: { message: string; stack: string; cause: { message: string } };
    };
    assert.equal(logged.err.message, "not sent to :mail");
    assert.equal(logged.err.cause.message, "550 no such user :mail");
    assert.match(logged.err.stack, /^\s+at /);
  });

  it("nothing that a caller passed by mistake under a telling name", () => {
    const lines: string[] = [];
    const log = createLog({ logLevel: "debug" }, { write: (line) => void lines.push(line) });
    log.info(
      { email: "ann@example.org", visitor: { token: "t0ken", name: "n" }, text: "hello" },
      "x",
    );
    const { email, visitor, text } = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
    assert.deepEqual([email, visitor, text], [undefined, { name: "n" }, undefined]);
  });
});
