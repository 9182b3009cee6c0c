import assert from "node:assert/strict";
import { openRefusedOrigins } from "../../server/sites/note-refused-origin.js";
import { noteTagSeen } from "../../server/sites/note-tag-seen.js";
import type { RefusedOrigin } from "../../server/sites/site.js";
import { makeSite } from "../realtime/start-chat.js";
import { movedClock } from "../support/start-app.js";

describe("the list of refused origins", () => {
  function open(refusedOrigins: RefusedOrigin[] = []) {
    const clock = movedClock();
    const site = { ...makeSite("shop", "https://shop.example"), refusedOrigins };
    let writes = 0;
    const sites = {
      findById: () => Promise.resolve(site),
      saveRefusedOrigins(_id: string, refused: RefusedOrigin[]) {
        writes += 1;
        site.refusedOrigins = refused;
        return Promise.resolve();
      },
    };
    const note = openRefusedOrigins({ sites, clock });
    return {
      ...{ clock, site },
      note: (origin: string) => note(site.id, origin),
      writes: () => writes,
      listed: () => site.refusedOrigins.map(({ origin }) => origin),
    };
  }

  it("keeps a page that asks again and again among any number that ask once", async () => {
    const { note, clock, listed } = open();
    for (let n = 0; n < 500; n += 1) {
      if (n % 50 === 0) await note("https://new.example");
      await note(`https://made-up-${n}.example`);
      clock.move(100);
    }
    clock.move(60_000);
    await note("https://last.example");
    assert.equal(listed().length, 20);
    assert.ok(listed().includes("https://new.example"));
    assert.ok(!listed().includes("https://made-up-1.example"));
  });

  it("is written at once for the first, and no more than every few seconds in a flood", async () => {
    const { note, clock, writes, listed } = open();
    await note("https://new.example");
    assert.deepEqual([writes(), listed()], [1, ["https://new.example"]]);
    for (let n = 0; n < 100; n += 1) await note(`https://made-up-${n}.example`);
    assert.equal(writes(), 1);
    clock.move(5_000);
    await note("https://other.example");
    assert.equal(writes(), 2);
    assert.ok(listed().includes("https://other.example"));
  });

  it("keeps what was counted before a start, and takes no origin that is none or allowed", async () => {
    const { note, listed, writes } = open([{ origin: "https://old.example", at: 1, count: 9 }]);
    for (const origin of ["null", "https://shop.example/page", "javascript:alert(1)"])
      await note(origin);
    assert.equal(writes(), 0);
    await note("https://new.example");
    assert.deepEqual(listed(), ["https://new.example", "https://old.example"]);
  });
});

describe("where the tag was seen", () => {
  it("is written down once in ten seconds, whatever pages say", async () => {
    const clock = movedClock();
    const site = makeSite("shop", "https://shop.example");
    const sites = {
      noteTagSeen(_id: string, seen: { url: string; at: number }) {
        site.tagSeen = seen;
        return Promise.resolve();
      },
    };
    const seeOn = (origin: string) => noteTagSeen({ sites, clock }, site, { origin });
    await seeOn("https://one.example");
    await seeOn("https://two.example");
    assert.equal(site.tagSeen?.url, "https://one.example/");
    clock.move(10_000);
    await seeOn("https://two.example");
    assert.equal(site.tagSeen.url, "https://two.example/");
  });
});
