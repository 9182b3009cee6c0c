import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { request } from "node:http";
import { createAttachmentStore } from "../../server/attachments/attachment-store.js";
import { createBlobStore } from "../../server/attachments/blob-store.js";
import { ImageRefused } from "../../server/attachments/image-refused.js";
import { createOriginalStore } from "../../server/attachments/original-store.js";
import type { RenderPool } from "../../server/attachments/render-pool.js";
import { createRenderQueue } from "../../server/attachments/render-queue.js";
import { defaultPhotoSettings } from "../../server/attachments/rendition-specs.js";
import { saveAttachment, type Upload } from "../../server/attachments/save-attachment.js";
import { Refusal } from "../../server/errors.js";
import { makeId } from "../../shared/ids.js";
import { paths } from "../../shared/paths.js";
import { eventually } from "../support/eventually.js";
import { makePhoto } from "../support/make-photo.js";
import { openStore, type OpenStore } from "../support/open-store.js";
import { makeSite } from "../realtime/start-chat.js";
import { newId, openPhotoDesk } from "./open-photo-desk.js";
import { openPool, renderPhoto } from "./render-photo.js";

describe("a photo that fails on its way", () => {
  it("whose upload breaks off leaves nothing stored, and its place is free again", async () => {
    const desk = await openPhotoDesk();
    try {
      const photo = await makePhoto({ width: 800, height: 600 });
      const visitor = desk.visitor();
      const search = new URLSearchParams({ conversationId: newId(), clientId: newId() });
      for (let turn = 0; turn < defaultPhotoSettings.admitted + 2; turn++) {
        await new Promise<void>((resolve) => {
          const upload = request(
            `${desk.app.url}${paths.attachments(desk.app.demoKey)}?${search}`,
            {
              method: "POST",
              headers: {
                origin: desk.app.demoUrl ?? "",
                authorization: `Bearer ${visitor.token}`,
                "content-type": "image/jpeg",
                "content-length": photo.length,
              },
            },
          );
          upload.on("error", () => undefined).on("close", resolve);
          upload.write(photo.subarray(0, photo.length / 2), () => upload.destroy());
        });
      }
      await eventually(async () => {
        assert.equal((await desk.visitor().upload(photo)).status, 201);
      });
      const store = await desk.app.openStore();
      assert.equal(await store.count("attachments"), 1, "only the whole one");
      await store.close();
    } finally {
      await desk.stop();
    }
  });

  describe("on the server", () => {
    let store: OpenStore;
    let photo: Buffer<ArrayBuffer>;
    before(async () => {
      store = await openStore();
      const made = await makePhoto({ width: 200, height: 150 });
      photo = Buffer.from(new Uint8Array(made).buffer);
    });
    after(() => store.close());

    function open(run: RenderPool["run"]) {
      const db = store.connection;
      const stores = {
        attachments: createAttachmentStore(db),
        originals: createOriginalStore(db),
        blobs: createBlobStore(db),
      };
      const pool = { run, close: () => Promise.resolve() };
      const queue = createRenderQueue(pool, defaultPhotoSettings);
      const deps = {
        ...stores,
        clock: { now: () => Date.now() },
        photos: defaultPhotoSettings,
        notePhoto: () => Promise.resolve(),
      };
      return { deps, queue };
    }

    const upload = (): Upload => ({
      site: makeSite("shop", "http://shop.example"),
      conversation: makeId((bytes) => randomFillSync(bytes)),
      clientId: makeId((bytes) => randomFillSync(bytes)),
      begin: () => Promise.resolve("v:somebody"),
      altText: "",
      name: "",
      operatorId: null,
    });

    async function assertEmpty(): Promise<void> {
      for (const name of ["attachments", "originals", "blobs.files", "blobs.chunks"])
        assert.equal(await store.connection.collection(name).countDocuments(), 0, name);
    }

    it("in its encoder is not stored raw: nothing is stored at all", async () => {
      const { deps, queue } = open(() => Promise.reject(new Error("the encoder broke")));
      const admission = queue.admit("s", photo.length);
      await assert.rejects(saveAttachment(deps, upload(), photo, admission), /encoder broke/);
      await assertEmpty();
    });

    it("because HEIC cannot be read here says how to send a JPEG", async () => {
      const { deps, queue } = open(() => Promise.reject(new ImageRefused("heic_unsupported")));
      const admission = queue.admit("s", photo.length);
      await assert.rejects(
        saveAttachment(deps, upload(), photo, admission),
        (error: unknown) =>
          error instanceof Refusal &&
          error.code === "HEIC_UNSUPPORTED" &&
          /Send it as JPEG/.test(error.message),
      );
      await assertEmpty();
    });

    it("in the store takes back what it had stored", async () => {
      const pool = openPool();
      const image = await renderPhoto(pool, photo);
      await pool.close();
      const { deps, queue } = open(() => Promise.resolve({ ok: true, kind: "renditions", image }));
      let puts = 0;
      const blobs = {
        ...deps.blobs,
        put: async (...args: Parameters<typeof deps.blobs.put>) => {
          if (++puts === 3) throw new Error("the disk is full");
          await deps.blobs.put(...args);
        },
      };
      const admission = queue.admit("s", photo.length);
      await assert.rejects(saveAttachment({ ...deps, blobs }, upload(), photo, admission), /disk/);
      assert.equal(puts, 3);
      await assertEmpty();
    });

    it("because it takes too long ends with its thread, and the pool serves the next", async () => {
      const pool = openPool();
      try {
        const large = await makePhoto({ width: 2400, height: 1800 });
        const hurried = { ...defaultPhotoSettings, timeLimitMs: 1 };
        await assert.rejects(renderPhoto(pool, large, hurried), { reason: "too_large" });
        assert.equal((await renderPhoto(pool, photo)).width, 200);
      } finally {
        await pool.close();
      }
    });
  });
});
