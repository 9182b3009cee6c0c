import assert from "node:assert/strict";
import { serialize } from "bson";
import { RawClient, frame, opMsg } from "../support/raw-client.js";
import { openDatabase, type TestDatabase } from "../support/open-database.js";

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

describe("embedded-mongo wire protocol", () => {
  let database: TestDatabase;
  let client: RawClient;

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());
  beforeEach(async () => {
    client = await RawClient.connect(database.url);
  });
  afterEach(() => client.close());

  /** The server still answers others. */
  async function serves(): Promise<void> {
    assert.equal((await database.db.command({ ping: 1 }))["ok"], 1);
  }

  it("answers the legacy handshake and says it is a writable stand-alone of 7.0", async () => {
    const query = Buffer.concat([
      int32(0),
      Buffer.from("admin.$cmd\0"),
      int32(0),
      int32(-1),
      serialize({ ismaster: 1, helloOk: true }),
    ]);
    client.send(frame(2004, query));
    const reply = await client.reply();
    assert.equal(reply?.["ismaster"], true);
    assert.equal(reply["maxWireVersion"], 21);
    assert.equal(reply["setName"], undefined);
    assert.equal(reply["compression"], undefined);
  });

  it("takes documents from a sequence as from the body, with and without a checksum flag", async () => {
    client.send(
      opMsg({ insert: "seq", $db: "test" }, { sequences: { documents: [{ _id: 1 }, { _id: 2 }] } }),
    );
    assert.equal((await client.reply())?.["n"], 2);
    const summed = Buffer.concat([opMsg({ ping: 1, $db: "test" }, { flags: 1 }), Buffer.alloc(4)]);
    summed.writeInt32LE(summed.length, 0);
    client.send(summed);
    assert.equal((await client.reply())?.["ok"], 1);
  });

  it("writes without an answer when moreToCome is set, in order with what follows", async () => {
    client.send(opMsg({ insert: "quiet", $db: "test", documents: [{ _id: 1 }] }, { flags: 2 }));
    client.send(opMsg({ count: "quiet", $db: "test" }));
    assert.equal((await client.reply())?.["n"], 1);
  });

  it("answers a message that arrives byte by byte, and two that arrive together", async () => {
    for (const byte of opMsg({ ping: 1, $db: "test" })) client.send(Buffer.from([byte]));
    assert.equal((await client.reply())?.["ok"], 1);
    client.send(Buffer.concat([opMsg({ ping: 1, $db: "a" }), opMsg({ ping: 1, $db: "b" })]));
    assert.equal((await client.reply())?.["ok"], 1);
    assert.equal((await client.reply())?.["ok"], 1);
  });

  it("refuses a command with a transaction number with code 20, as a stand-alone does", async () => {
    client.send(opMsg({ insert: "x", $db: "test", documents: [{}], txnNumber: 1 }));
    assert.equal((await client.reply())?.["code"], 20);
  });

  it("refuses unknown commands with code 59 and unknown fields by name", async () => {
    client.send(opMsg({ makeTea: 1, $db: "test" }));
    assert.deepEqual((await client.reply())?.["codeName"], "CommandNotFound");
    client.send(opMsg({ find: "x", $db: "test", colour: "red" }));
    const reply = await client.reply();
    assert.equal(reply?.["code"], 40415);
    assert.match(String(reply["errmsg"]), /find\.colour/);
  });

  const broken: Record<string, Buffer> = {
    "a length below a header's": frame(2013, Buffer.alloc(8), 3),
    "a negative length": frame(2013, Buffer.alloc(8), -5),
    "a length above the limit": frame(2013, Buffer.alloc(8), 48_000_001),
    "an opcode that is not offered": frame(2012, Buffer.alloc(20)),
    "no sections": frame(2013, Buffer.alloc(4)),
    "an unknown section": frame(2013, Buffer.from([0, 0, 0, 0, 7, 1, 2, 3])),
    "an unknown required flag": opMsg({ ping: 1, $db: "x" }, { flags: 4 }),
    "a body whose length lies": frame(
      2013,
      Buffer.concat([Buffer.alloc(5), int32(4_000), Buffer.alloc(10)]),
    ),
    "a body that is not BSON": frame(
      2013,
      Buffer.concat([Buffer.alloc(5), int32(12), Buffer.from("\x02ab\0\xff\xff\xff\0", "latin1")]),
    ),
    "two bodies": frame(
      2013,
      Buffer.concat([
        Buffer.alloc(5),
        serialize({ ping: 1, $db: "x" }),
        Buffer.from([0]),
        serialize({ ping: 1, $db: "x" }),
      ]),
    ),
    "a sequence longer than its message": frame(
      2013,
      Buffer.concat([
        Buffer.alloc(5),
        serialize({ insert: "x", $db: "x" }),
        Buffer.from([1]),
        int32(9_999),
        Buffer.from("documents\0"),
      ]),
    ),
  };
  for (const [what, bytes] of Object.entries(broken))
    it(`closes the connection or gives a coded error for ${what}, and serves others`, async () => {
      client.send(bytes);
      const reply = await client.reply();
      if (reply !== undefined) {
        assert.equal(reply["ok"], 0);
        assert.equal(typeof reply["code"], "number");
      }
      await serves();
    });

  it("refuses documents nested deeper than 100, and messages deeper than any stack", async () => {
    const nested = (depth: number): object => {
      let value: object = {};
      for (let level = 1; level < depth; level++) value = { a: value };
      return value;
    };
    client.send(opMsg({ insert: "deep", $db: "test", documents: [nested(100)] }));
    assert.equal((await client.reply())?.["n"], 1);
    client.send(opMsg({ insert: "deep", $db: "test", documents: [nested(101)] }));
    const [error] = ((await client.reply())?.["writeErrors"] ?? []) as { code: number }[];
    assert.equal(error?.code, 15);
    let bomb = Buffer.from([5, 0, 0, 0, 0]);
    for (let level = 0; level < 5_000; level++)
      bomb = Buffer.concat([
        int32(bomb.length + 8),
        Buffer.from("\x03a\0", "latin1"),
        bomb,
        Buffer.from([0]),
      ]);
    client.send(frame(2013, Buffer.concat([Buffer.alloc(5), bomb])));
    assert.equal((await client.reply())?.["ok"], 0);
    await serves();
  });
});
