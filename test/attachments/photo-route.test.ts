import assert from "node:assert/strict";
import sharp from "sharp";
import { makePhoto } from "../support/make-photo.js";
import { newId, openPhotoDesk, urlOf, type PhotoDesk } from "./open-photo-desk.js";

describe("a photo's route", () => {
  let desk: PhotoDesk;
  let photo: Buffer;
  before(async () => {
    desk = await openPhotoDesk();
    photo = await makePhoto({ width: 640, height: 480 });
  });
  after(() => desk.stop());

  it("is uploaded, named by a message and delivered upright, smaller and without metadata", async () => {
    const visitor = desk.visitor();
    const photo = await makePhoto({ width: 2400, height: 1800, orientation: 6 });
    const { status, body } = await visitor.upload(photo, { altText: "A red corner" });
    assert.equal(status, 201);
    assert.deepEqual([body.width, body.height], [2400, 1800]);
    assert.equal(body.altText, "A red corner");
    assert.equal(body.locationRemoved, true);
    assert.equal(body.bytesIn, photo.length);
    assert.deepEqual(
      body.renditions.map(({ name, width, height, mime }) => [name, width, height, mime]),
      [
        ["preview", 480, 360, "image/jpeg"],
        ["full", 2048, 1536, "image/jpeg"],
      ],
    );
    const sent = await visitor.send([body.id]);
    assert.ok(sent.ok);
    const [attachment] = sent.value.attachments;
    assert.ok(attachment);
    assert.equal(attachment.id, body.id);

    const response = await desk.fetchImage(urlOf(attachment, "full"));
    assert.equal(response.status, 200);
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(bytes.length, attachment.bytesOut);
    assert.ok(bytes.length < photo.length * 0.9, `${bytes.length} of ${photo.length}`);
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    const at = (20 * info.width + 20) * 3;
    assert.ok((data[at] ?? 0) > 150 && (data[at + 1] ?? 255) < 80, "the red corner is upper left");
    const metadata = await sharp(bytes).metadata();
    assert.deepEqual(
      [metadata.exif, metadata.xmp, metadata.icc, metadata.orientation],
      [undefined, undefined, undefined, undefined],
    );
    assert.ok(!bytes.includes("Porchlight") && !bytes.includes("Exif"));
  });

  it("comes with headers that let it be shown across origins and nothing else", async () => {
    const { body } = await desk.visitor().upload(photo);
    const response = await desk.fetchImage(urlOf(body, "preview"));
    await response.arrayBuffer();
    const header = (name: string) => response.headers.get(name) ?? "";
    assert.equal(header("content-type"), "image/jpeg");
    assert.match(header("cache-control"), /^private, max-age=\d+$/);
    const seconds = Number(header("cache-control").split("=")[1]);
    assert.ok(seconds > 3500 && seconds <= 7200, String(seconds));
    assert.equal(header("x-content-type-options"), "nosniff");
    assert.match(header("content-disposition"), /^inline; filename="photo-preview\.jpg"$/);
    assert.match(header("content-security-policy"), /default-src 'none'.*sandbox/);
    assert.equal(header("cross-origin-resource-policy"), "cross-origin");
    const again = await desk.fetchImage(urlOf(body, "preview"), {
      "if-none-match": header("etag"),
    });
    assert.equal(again.status, 304);
  });

  it("a repeated upload makes no second photo, at once or later", async () => {
    const visitor = desk.visitor();
    const clientId = newId();
    const [one, two] = await Promise.all([
      visitor.upload(photo, { clientId }),
      visitor.upload(photo, { clientId }),
    ]);
    const three = await visitor.upload(photo, { clientId });
    assert.deepEqual([one.status, two.status].sort(), [200, 201]);
    assert.equal(three.status, 200);
    assert.equal(one.body.id, two.body.id);
    assert.equal(one.body.id, three.body.id);
    const store = await desk.app.openStore();
    assert.equal(await store.count("attachments", { clientId }), 1);
    await store.close();
  });

  it("a photo of an operator reaches the visitor by the visitor's own link", async () => {
    const visitor = desk.visitor();
    assert.equal((await visitor.upload(photo)).status, 201);
    const { status, body } = await desk.uploadAsOperator(visitor.conversationId, photo);
    assert.equal(status, 201);
    const url = urlOf(body, "full");
    assert.match(new URL(url).pathname, /\/full\/o\//);
    assert.equal((await desk.fetchImage(url)).status, 401, "without the session");
    assert.equal((await desk.fetchImage(url, { cookie: desk.admin.cookie })).status, 200);
  });

  it("opens one image for one reader: any other part in its link is refused", async () => {
    const visitor = desk.visitor();
    const { body } = await visitor.upload(photo);
    const { body: other } = await desk.visitor().upload(photo);
    const url = new URL(urlOf(body, "preview"));
    const [, a, id, rendition, reader, proof] = url.pathname.split("/");
    const refusedPaths = [
      [a, other.id, rendition, reader, proof],
      [a, id, "full", reader, proof],
      [a, id, "original", reader, proof],
      [a, id, rendition, "o", proof],
      [a, id, rendition, reader, `zz${proof}`],
      [a, id, rendition, reader, `${proof?.slice(0, -2)}AA`],
      [a, id, rendition, reader, "1.AAAA"],
    ];
    for (const parts of refusedPaths) {
      const response = await desk.fetchImage(new URL(`/${parts.join("/")}`, url).href);
      assert.equal(response.status, 404, parts.join("/"));
      assert.equal(((await response.json()) as { code: string }).code, "LINK_INVALID");
    }
  });

  it("refuses somebody else's conversation, an unknown photo and one that is named already", async () => {
    const mine = desk.visitor();
    const stranger = desk.visitor();
    const { body } = await mine.upload(photo);
    const intruding = await stranger.upload(photo, { conversationId: mine.conversationId });
    assert.deepEqual([intruding.status, intruding.body.code], [404, "UNKNOWN_CONVERSATION"]);
    assert.equal((await stranger.upload(photo)).status, 201);
    for (const ids of [[body.id], [newId()]]) {
      const refused = await stranger.send(ids);
      assert.ok(!refused.ok && refused.code === "UNKNOWN_ATTACHMENT");
    }
    const clientId = newId();
    const sent = await mine.send([body.id], clientId);
    const repeated = await mine.send([body.id], clientId);
    assert.ok(sent.ok && repeated.ok && sent.value.seq === repeated.value.seq);
    const again = await mine.send([body.id]);
    assert.ok(!again.ok && again.code === "UNKNOWN_ATTACHMENT");
  });
});
