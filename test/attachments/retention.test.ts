import assert from "node:assert/strict";
import { paths } from "../../shared/paths.js";
import type { Attachment } from "../../shared/wire.js";
import { makePhoto } from "../support/make-photo.js";
import { eventually } from "../support/eventually.js";
import { openPhotoDesk, urlOf, type PhotoDesk } from "./open-photo-desk.js";

interface Original {
  url: string;
  bytes: number;
  deleteAt: number;
  hold: boolean;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe("how long photos stay", () => {
  let desk: PhotoDesk;
  let photo: Buffer;
  beforeEach(async () => {
    desk = await openPhotoDesk({ movedClock: true });
    photo = await makePhoto({ width: 400, height: 300, orientation: 6 });
  });
  afterEach(() => desk.stop());

  const move = (ms: number): void => desk.app.clock?.move(ms);
  const askOriginal = (photoOf: Attachment) =>
    desk.admin.get<Original>(`/api/operator/attachments/${photoOf.id}/original`);
  const open = (url: string) => desk.fetchImage(url, { cookie: desk.admin.cookie });

  async function sendPhoto(): Promise<Attachment> {
    const visitor = desk.visitor();
    const { body } = await visitor.upload(photo);
    assert.ok((await visitor.send([body.id])).ok);
    return body;
  }

  it("an original opens for two hours, is 410 a minute later though nothing swept, then its bytes go (JPEGR-01, hard test 13)", async () => {
    const attachment = await sendPhoto();
    const { body } = await askOriginal(attachment);
    const now = await open(body.url);
    assert.equal(now.status, 200);
    assert.equal(now.headers.get("cache-control"), "no-store");
    const bytes = Buffer.from(await now.arrayBuffer());
    assert.equal(bytes.length, body.bytes);
    assert.ok(!bytes.includes("Test camera") && !bytes.includes("GPS"));

    move(hour + 59 * minute);
    const late = await askOriginal(attachment);
    assert.equal(late.status, 200);
    assert.equal((await open(late.body.url)).status, 200);
    move(2 * minute);
    assert.equal((await open(late.body.url)).status, 410);
    assert.equal((await askOriginal(attachment)).status, 410);
    const store = await desk.app.openStore();
    assert.equal(await store.count("originals", { _id: attachment.id }), 1, "no sweeper has been");
    // A restart sweeps at once, as does every minute.
    await desk.app.restart();
    await store.close();
    const again = await desk.app.openStore();
    await eventually(async () => assert.equal(await again.count("originals"), 0));
    assert.equal(await again.count("blobs.files"), 2, "the renditions follow the conversation");
    await again.close();
  });

  const changeHours = (originalHours: number) =>
    desk.admin.patch(paths.site(desk.siteId), { rules: { retention: { originalHours } } });
  const preview = async (originalHours: number) => {
    const path = paths.privacyView(desk.siteId, "retention-preview");
    const asked = { retention: { originalHours } };
    return (await desk.admin.post<{ originals: number }>(path, asked)).body.originals;
  };

  it("a shorter period moves the originals that are there, says before how many go, and a hold stands (hard test 13)", async () => {
    const [old, held] = [await sendPhoto(), await sendPhoto()];
    await desk.admin.post(`/api/operator/attachments/${held.id}/hold`, { hold: true });
    move(hour + 10 * minute);
    const young = await sendPhoto();
    assert.deepEqual([await preview(2), await preview(1)], [0, 1]);
    const link = (await askOriginal(old)).body.url;
    assert.equal((await changeHours(1)).status, 200);
    assert.equal((await open(link)).status, 410, "an hour is over");
    assert.equal((await askOriginal(held)).body.hold, true);
    const { body } = await askOriginal(young);
    assert.equal(body.deleteAt, (desk.app.clock?.now() ?? 0) + hour);
    const store = await desk.app.openStore();
    await eventually(async () =>
      assert.equal(await store.count("originals"), 2, "swept, and nobody waited for the minute"),
    );
    await store.close();
  });

  it("a longer period moves them too, and brings nothing back that is gone (hard test 13)", async () => {
    const gone = await sendPhoto();
    move(2 * hour + minute);
    const kept = await sendPhoto();
    move(hour);
    assert.equal((await changeHours(5)).status, 200);
    assert.equal((await askOriginal(gone)).status, 410);
    move(3 * hour + 58 * minute);
    assert.equal((await askOriginal(kept)).status, 200);
    move(3 * minute);
    assert.equal((await askOriginal(kept)).status, 410);
  });

  it("an original that an admin holds stays, and goes when it is released (hard test 13)", async () => {
    const attachment = await sendPhoto();
    const hold = `/api/operator/attachments/${attachment.id}/hold`;
    assert.equal((await desk.admin.post<Original>(hold, { hold: true })).body.hold, true);
    move(30 * hour);
    const held = await askOriginal(attachment);
    assert.equal((await open(held.body.url)).status, 200);
    await desk.admin.post(hold, { hold: false });
    assert.equal((await open(held.body.url)).status, 410);
    assert.equal((await desk.admin.post(hold, { hold: true })).status, 410, "too late");
  });

  it("renditions outlive the original by fresh links, and an old link is dead", async () => {
    const attachment = await sendPhoto();
    const old = urlOf(attachment, "full");
    assert.equal((await desk.fetchImage(old)).status, 200);
    move(3 * hour);
    assert.equal((await desk.fetchImage(old)).status, 404);
  });

  it("an upload that no message names for an hour can no longer be named, and is deleted", async () => {
    const visitor = desk.visitor();
    const { body } = await visitor.upload(photo);
    move(hour + minute);
    const refused = await visitor.send([body.id]);
    assert.ok(!refused.ok && refused.code === "UNKNOWN_ATTACHMENT");
    await desk.app.restart();
    const store = await desk.app.openStore();
    await eventually(async () => {
      const left = ["attachments", "originals", "blobs.files", "blobs.chunks"];
      for (const name of left) assert.equal(await store.count(name), 0, name);
    });
    await store.close();
  });

  it("details are listed for 40 days and not on day 41 (JPEGR-03)", async () => {
    await sendPhoto();
    const csv = `/api/operator/sites/${desk.siteId}/photos.csv`;
    const lines = async () =>
      (await desk.admin.get<string>(csv)).body.trim().split("\r\n").length - 1;
    move(20 * day);
    assert.equal(await lines(), 1);
    move(20 * day + minute);
    assert.equal(await lines(), 0);
  });

  it("photos are counted without names, and not at all where the site switched that off (JMINI-01)", async () => {
    const counts = `/api/operator/sites/${desk.siteId}/photo-counts`;
    const read = async () =>
      (await desk.admin.get<{ all: { photos: number; pixels: number } }>(counts)).body.all;
    await sendPhoto();
    assert.deepEqual([(await read()).photos, (await read()).pixels], [1, 400 * 300]);
    const off = { rules: { statistics: { photos: false } } };
    assert.equal((await desk.admin.patch(paths.site(desk.siteId), off)).status, 200);
    await sendPhoto();
    assert.equal((await read()).photos, 1, "off: no counter moves");
  });
});
