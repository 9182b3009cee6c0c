import assert from "node:assert/strict";
import { request, type ClientRequest } from "node:http";
import { PassThrough } from "node:stream";
import { receiveUpload } from "../../server/attachments/receive-upload.js";
import { Refusal } from "../../server/errors.js";
import { isErrorCode } from "../../shared/error-codes.js";
import { paths } from "../../shared/paths.js";
import { eventually } from "../support/eventually.js";
import { makePhoto } from "../support/make-photo.js";
import { newId, openPhotoDesk, type PhotoDesk } from "./open-photo-desk.js";

const hasCode = (code: string) => (error: unknown) =>
  error instanceof Refusal && error.code === code;

describe("the body of an upload", () => {
  const pace = { windowMs: 40, windowBytes: 10, wholeMs: 5000 };
  const receiving = (change = {}) => ({ cap: 100, reserve: () => undefined, pace, ...change });

  it("is taken whole, and each part is counted before it is kept", async () => {
    const body = new PassThrough();
    const counted: number[] = [];
    const reserve = (bytes: number) => void counted.push(bytes);
    const received = receiveUpload(body, receiving({ reserve }));
    body.write("photo");
    body.end("graph");
    assert.equal((await received).toString(), "photograph");
    assert.equal(
      counted.reduce((sum, bytes) => sum + bytes),
      10,
    );
  });

  it("is given up with TOO_SLOW when it drips, and the sender can still be answered", async () => {
    const body = new PassThrough();
    const drip = setInterval(() => body.write("x"), 10);
    await assert.rejects(receiveUpload(body, receiving()), hasCode("TOO_SLOW"));
    clearInterval(drip);
    assert.equal(body.destroyed, false);
  });

  it("is given up when the whole takes too long, whatever its pace", async () => {
    const body = new PassThrough();
    const flow = setInterval(() => body.write("x".repeat(20)), 10);
    const slow = receiving({ cap: 1_000_000, pace: { ...pace, wholeMs: 100 } });
    await assert.rejects(receiveUpload(body, slow), hasCode("TOO_SLOW"));
    clearInterval(flow);
  });

  it("over the limit, without room, or broken off is refused with its own code", async () => {
    const start = (change = {}) => {
      const body = new PassThrough();
      return { body, received: receiveUpload(body, receiving(change)) };
    };
    const large = start();
    large.body.write(Buffer.alloc(101));
    await assert.rejects(large.received, hasCode("PAYLOAD_TOO_LARGE"));
    const full = start({
      reserve: () => {
        throw new Refusal("BUSY");
      },
    });
    full.body.write("x");
    await assert.rejects(full.received, hasCode("BUSY"));
    const cut = start();
    cut.body.write("x");
    cut.body.destroy();
    await assert.rejects(cut.received, hasCode("BAD_REQUEST"));
    const gone = new PassThrough();
    gone.destroy();
    await assert.rejects(receiveUpload(gone, receiving()), hasCode("BAD_REQUEST"));
  });
});

describe("uploads that are kept open", () => {
  let desk: PhotoDesk;
  let photo: Buffer;
  const open: ClientRequest[] = [];
  before(async () => {
    desk = await openPhotoDesk();
    photo = await makePhoto({ width: 64, height: 48 });
  });
  afterEach(() => {
    for (const upload of open.splice(0)) upload.destroy();
  });
  after(() => desk.stop());

  /** Begins a chunked upload and never ends it; the code with which it was refused. */
  function drip(token = desk.visitor().token, first: string | Buffer = "x"): Promise<string> {
    const search = new URLSearchParams({ conversationId: newId(), clientId: newId() });
    return new Promise((resolve, reject) => {
      const upload = request(`${desk.app.url}${paths.attachments(desk.app.demoKey)}?${search}`, {
        method: "POST",
        headers: {
          origin: desk.app.demoUrl ?? "",
          authorization: `Bearer ${token}`,
          "content-type": "application/octet-stream",
        },
      });
      open.push(upload);
      upload.on("error", reject).on("response", (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => {
          const { code } = JSON.parse(text) as { code?: unknown };
          resolve(isErrorCode(code) ? code : "");
        });
      });
      upload.write(first);
    });
  }
  /** Of so many at once, the code of the one that is refused; all others stay open. */
  async function dripMany(count: number, token?: string): Promise<string> {
    const answered: string[] = [];
    const all = Array.from({ length: count }, () => drip(token));
    for (const one of all) one.then((code) => answered.push(code)).catch(() => undefined);
    await eventually(() => {
      assert.equal(answered.length, 1);
      return Promise.resolve();
    });
    return answered[0] ?? "";
  }

  it("are two of one visitor at most; the next is told to try again", async () => {
    const { token } = desk.visitor();
    assert.equal(await dripMany(3, token), "BUSY");
    assert.equal((await desk.visitor().upload(photo)).status, 201, "somebody else is served");
  });

  it("are four of one address at most, and an operator's photo is taken all the same", async () => {
    const visitor = desk.visitor();
    assert.equal((await visitor.upload(photo)).status, 201);
    assert.equal(await dripMany(5), "BUSY");
    assert.equal((await visitor.upload(photo)).body.code, "BUSY");
    assert.equal((await desk.uploadAsOperator(visitor.conversationId, photo)).status, 201);
    for (const upload of open.splice(0)) upload.destroy();
    await eventually(async () => assert.equal((await visitor.upload(photo)).status, 201));
  });

  it("tell the limit to a sender who did not say the length", async () => {
    const large = Buffer.alloc(26 * 1024 * 1024);
    assert.equal(await drip(desk.visitor().token, large), "PAYLOAD_TOO_LARGE");
  });
});
