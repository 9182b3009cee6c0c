import assert from "node:assert/strict";
import type { Ask } from "../../dashboard/state/ports.js";
import { offline } from "../../dashboard/state/outcome.js";
import { createDetailsWatch, isFailure } from "../../dashboard/state/visitor-details.js";
import type { PageView, VisitorDetails } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";

const view = (path: string, at: number, dwellMs = 0): PageView => ({
  path,
  title: "",
  at,
  dwellMs,
});

function makeDetails(part: Partial<VisitorDetails> = {}): VisitorDetails {
  return {
    visitor: { id: "v", number: 1, name: "", email: "", online: true },
    firstSeenAt: 0,
    language: "en",
    browser: "",
    os: "",
    device: "",
    country: "",
    referrerHost: "",
    trail: [],
    consent: {},
    consentAt: null,
    ...part,
  };
}

function open(first: VisitorDetails) {
  const server = { details: first, down: false, asked: 0 };
  const ask = (() => {
    server.asked += 1;
    return Promise.resolve(server.down ? offline : { ok: true, value: server.details });
  }) as Ask;
  const watch = createDetailsWatch(ask);
  const shown = (): VisitorDetails => {
    const value = watch.details.value.get("c1");
    assert.ok(!isFailure(value));
    return value;
  };
  return { server, watch, shown };
}

describe("dashboard: a visitor's details", () => {
  it("adds a page view live, newest first, and takes a repeated one once", async () => {
    const granted = makeDetails({ consent: { analytics: true }, trail: [view("/", 1)] });
    const { server, watch, shown } = open(granted);
    await watch.read("c1");
    watch.hearPageView("c1", view("/keepers", 2));
    watch.hearPageView("c1", view("/", 1, 9000));
    assert.deepEqual(shown().trail, [view("/keepers", 2), view("/", 1, 9000)]);
    assert.equal(server.asked, 1);
  });

  it("asks again when a page view tells of a consent that it does not know", async () => {
    const { server, watch, shown } = open(makeDetails());
    await watch.read("c1");
    server.details = makeDetails({ consent: { analytics: true }, trail: [view("/", 1)] });
    watch.hearPageView("c1", view("/", 1));
    watch.hearPageView("c1", view("/", 1));
    await eventually(() => {
      assert.equal(shown().consent.analytics, true);
      return Promise.resolve();
    });
    assert.equal(server.asked, 2, "a burst is one reading, because readings are logged");
  });

  it("keeps what is known when a later reading fails", async () => {
    const { server, watch, shown } = open(makeDetails({ country: "NO" }));
    await watch.read("c1");
    server.down = true;
    await watch.read("c1");
    assert.equal(shown().country, "NO");
  });

  it("is gone with its conversation, and stays gone", async () => {
    const { watch } = open(makeDetails());
    await watch.read("c1");
    const late = watch.read("c1");
    watch.drop("c1");
    watch.hearPageView("c1", view("/", 1));
    await late;
    assert.equal(watch.details.value.size, 0);
  });
});
