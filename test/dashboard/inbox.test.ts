import assert from "node:assert/strict";
import { createInbox } from "../../dashboard/state/inbox.js";
import type { Ask } from "../../dashboard/state/ports.js";
import { eventually } from "../support/eventually.js";
import { makeRow } from "./make-records.js";

describe("the inbox", () => {
  function answering(...answers: object[]): { ask: Ask; asked: () => number } {
    let asked = 0;
    const ask = (() => Promise.resolve(answers[Math.min(asked++, answers.length - 1)])) as Ask;
    return { ask, asked: () => asked };
  }
  const page = { ok: true, value: { rows: [makeRow("a", 30)], more: false } };
  const refusal = (code: string) => ({ ok: false, code, message: "no" });

  it("asks again for a list that the server could not read, and then shows it", async () => {
    const { ask, asked } = answering(refusal("STORE_UNAVAILABLE"), refusal("OFFLINE"), page);
    const inbox = createInbox(ask, () => true, 1);
    await inbox.refresh("site", "open");
    assert.equal(inbox.failures.value.get("site/open")?.code, "STORE_UNAVAILABLE");
    await eventually(() => {
      assert.equal(inbox.find("a")?.conversation.id, "a");
      return Promise.resolve();
    });
    assert.equal(inbox.failures.value.size, 0);
    assert.equal(asked(), 3);
  });

  it("does not ask again where nothing would change, or without a link: the next one asks", async () => {
    for (const [code, linked] of [
      ["FORBIDDEN", true],
      ["OFFLINE", false],
    ] as const) {
      const { ask, asked } = answering(refusal(code), page);
      await createInbox(ask, () => linked, 0).refresh("site", "open");
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(asked(), 1, code);
    }
  });
});
