import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";
import { photoRows, writeCsv, writeXlsx } from "../../server/attachments/write-report.js";
import { makePhoto } from "../support/make-photo.js";
import { openPhotoDesk, type PhotoDesk } from "./open-photo-desk.js";

/** The files of a ZIP archive by its central directory (APPNOTE 4.3.12). */
function unzip(zip: Buffer): Map<string, string> {
  const files = new Map<string, string>();
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const packed = zip.readUInt32LE(at + 20);
    const name = zip.toString("utf8", at + 46, at + 46 + zip.readUInt16LE(at + 28));
    const local = zip.readUInt32LE(at + 42);
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const body = zip.subarray(from, from + packed);
    const text = zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(body) : body;
    files.set(name, text.toString("utf8"));
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return files;
}

const detail = {
  site: "s",
  operator: null,
  visitorH: "h",
  conversation: "c",
  params: "full",
  width: 4000,
  height: 3000,
  bytesIn: 1000,
  bytesOut: 200,
  at: Date.UTC(2026, 0, 2, 3, 4, 5),
  expireAt: new Date(0),
};
const evil = ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(A1)", "\t1", '=HYPERLINK("x","y")'];

describe("the photo report", () => {
  it("as CSV has no cell that a spreadsheet would calculate", () => {
    const text = writeCsv(photoRows(evil.map((name) => ({ ...detail, name })))).toString("utf8");
    assert.ok(text.startsWith("\uFEFFTime (UTC),File,"));
    const lines = text.split("\r\n").slice(1, -1);
    assert.equal(lines.length, evil.length);
    lines.forEach((line, at) => {
      const name = evil[at] ?? "";
      assert.ok(
        line.includes(`,"'${name.replaceAll('"', '""')}",visitor,4000,3000,1000,200,80,`),
        line,
      );
    });
  });

  it("as CSV has none either where semicolons, tabs or bars part the cells", () => {
    const names = ["a;=1+1", "a;\t=1", "a| @SUM(A1)", "\t=1", "a\n-1", "a;b=c"];
    const lines = writeCsv(photoRows(names.map((name) => ({ ...detail, name })))).toString("utf8");
    assert.doesNotMatch(lines.replaceAll("\r\n", ""), /[;|\t\n"]\s*[=+\-@]/);
    assert.ok(lines.includes("a;'=1+1") && lines.includes("a;b=c"), "the rest stays as it is");
  });

  it("as XLSX holds text as text and numbers as numbers, whatever the names are", async () => {
    const names = [...evil, "<b>&amp;\u0000\u{1F4F7}"];
    const files = unzip(await writeXlsx(photoRows(names.map((name) => ({ ...detail, name })))));
    const sheet = files.get("xl/worksheets/sheet1.xml") ?? "";
    assert.ok(files.has("[Content_Types].xml") && files.has("xl/workbook.xml"));
    assert.ok(!sheet.includes("<f>"), "no formula");
    assert.equal(sheet.match(/<row>/g)?.length, names.length + 1);
    assert.ok(sheet.includes("=cmd|' /C calc'!A0</t>") && sheet.includes("<c><v>4000</v></c>"));
    assert.ok(sheet.includes("&lt;b&gt;&amp;amp;\u{1F4F7}</t>"));
  });

  describe("over the server", () => {
    let desk: PhotoDesk;
    before(async () => {
      desk = await openPhotoDesk();
      const photo = await makePhoto({ width: 120, height: 90 });
      const visitor = desk.visitor();
      await visitor.upload(photo, { name: "=evil().jpg" });
      await desk.uploadAsOperator(visitor.conversationId, photo, { name: "answer.jpg" });
    });
    after(() => desk.stop());
    const csv = (query = "") => `/api/operator/sites/${desk.siteId}/photos.csv${query}`;

    it("lists a site's photos for an admin, and one operator's on request", async () => {
      const all = await desk.admin.get<string>(csv());
      assert.match(all.headers.get("content-type") ?? "", /^text\/csv/);
      assert.match(
        all.headers.get("content-disposition") ?? "",
        /attachment; filename="photos\.csv"/,
      );
      assert.ok(all.body.includes('"\'=evil().jpg",visitor') && all.body.includes("answer.jpg"));
      const own = await desk.admin.get<string>(csv(`?operator=${desk.admin.operator.id}`));
      assert.ok(own.body.includes("answer.jpg") && !own.body.includes("evil"));
    });

    it("is for signed-in operators only, and of known sites only", async () => {
      assert.equal((await fetch(`${desk.app.url}${csv()}`)).status, 401);
      const unknown = await desk.admin.get("/api/operator/sites/nobody/photos.csv");
      assert.equal(unknown.status, 404);
    });
  });
});
