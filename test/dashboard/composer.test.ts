import assert from "node:assert/strict";
import { createComposer, type ComposerDeps } from "../../dashboard/state/composer.js";
import { offline, type Outcome } from "../../dashboard/state/outcome.js";
import type { Attachment } from "../../shared/wire.js";
import { eventually } from "../support/eventually.js";

const here = "a conversation";

function makeAttachment(altText: string): Attachment {
  return {
    ...{ id: "photo", width: 4, height: 3, placeholder: "", altText },
    ...{ bytesIn: 10, bytesOut: 5, locationRemoved: false, renditions: [] },
  };
}

/** A composer whose server answers as the test says. */
function open(deps: Partial<ComposerDeps> = {}) {
  const described: string[] = [];
  let ids = 0;
  const composer = createComposer({
    upload: ({ altText }) => ({
      outcome: Promise.resolve({ ok: true, value: makeAttachment(altText) }),
      abort: () => undefined,
    }),
    describe: (_id, altText) => {
      described.push(altText);
      return Promise.resolve({ ok: true, value: makeAttachment(altText) });
    },
    shelf: { keys: () => [], read: () => null, write: () => undefined, remove: () => undefined },
    shelfKey: "draft:",
    makeId: () => `id ${ids++}`,
    uploadBytes: () => 1_000_000,
    ...deps,
  });
  composer.attach(here, [new File(["x"], "a.jpg", { type: "image/jpeg" })]);
  const state = (): string | undefined => composer.uploads.value.get(here)?.[0]?.state;
  const reach = (wanted: string) =>
    eventually(() => {
      assert.equal(state(), wanted);
      return Promise.resolve();
    });
  return { composer, described, state, reach };
}

describe("the description of a photo in the composer", () => {
  it("written while the photo goes up is said once it is there", async () => {
    const { composer, described, reach } = open();
    composer.describe(here, "id 0", " A door ");
    await reach("done");
    assert.deepEqual(described, ["A door"]);
    assert.equal(composer.take(here)?.attachments[0]?.altText, "A door");
  });

  it("written later is said at once, and the photo is not sent before", async () => {
    let answer: (outcome: Outcome<Attachment>) => void = () => undefined;
    const { composer, state, reach } = open({
      describe: () => new Promise((resolve) => (answer = resolve)),
    });
    await reach("done");
    composer.describe(here, "id 0", "A door");
    assert.equal(state(), "describing");
    assert.equal(composer.take(here), null, "nothing is ready");
    answer({ ok: true, value: makeAttachment("A door") });
    await reach("done");
    assert.equal(composer.take(here)?.attachments.length, 1);
  });

  it("that does not arrive is a failure, and is said again when the photo is tried again", async () => {
    let down = true;
    const { composer, reach } = open({
      describe: (_id, altText) =>
        Promise.resolve(down ? offline : { ok: true, value: makeAttachment(altText) }),
      upload: () => ({
        // A repeat: the server has the photo, without its words.
        outcome: Promise.resolve({ ok: true, value: makeAttachment("") }),
        abort: () => undefined,
      }),
    });
    await reach("done");
    composer.describe(here, "id 0", "A door");
    await reach("failed");
    down = false;
    composer.retry(here, "id 0");
    await reach("done");
    assert.equal(composer.take(here)?.attachments[0]?.altText, "A door");
  });

  it("that is not written asks for nothing", async () => {
    const { composer, described, reach } = open();
    await reach("done");
    composer.describe(here, "id 0", "   ");
    assert.deepEqual(described, []);
    assert.equal(composer.take(here)?.attachments.length, 1);
  });
});
