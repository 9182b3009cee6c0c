import assert from "node:assert/strict";
import { Encoder, PacketType, type Packet } from "socket.io-parser";
import { JsonEncoder } from "../../server/realtime/json-encoder.js";

/** Counts how often it is made into JSON. */
class Counted {
  count = 0;
  readonly value = Object.freeze({ text: "hello", toJSON: () => this.#tell() });

  #tell() {
    this.count += 1;
    return { text: "hello" };
  }
}

const { EVENT, ACK, CONNECT, DISCONNECT, CONNECT_ERROR } = PacketType;

describe("the encoder of packets", () => {
  it("writes what Socket.IO's own encoder writes", () => {
    const shared = Object.freeze({
      text: 'a "quoted" 💬 line\n',
      list: [1, null],
      nested: { a: {} },
    });
    const datas: unknown[][] = [
      ["message:sent", shared],
      ["message:sent", { ...shared }],
      [
        "news:missed",
        { withinMs: 300 },
        undefined,
        null,
        1.5,
        "text",
        true,
        [undefined],
        new Date(0),
      ],
      ["bare"],
      [],
      [{ ok: true, value: shared }],
      [{ ok: true, value: shared, more: 1 }],
      [{ value: shared, ok: true }],
      [{ ok: true, value: null }],
      [{ ok: true, value: undefined }],
      [{ ok: true, value: "text" }],
      [{ ok: false, value: shared }],
      [{ ok: false, code: "BUSY", message: "Wait.", retryAfter: 1 }],
      [Object.freeze([shared, 2])],
    ];
    const packets: Packet[] = [
      ...datas.flatMap((data) =>
        ["/", "/visitor"].flatMap((nsp) => [
          { type: EVENT, nsp, data },
          { type: EVENT, nsp, data, id: 0 },
          { type: ACK, nsp, data, id: 17 },
        ]),
      ),
      { type: CONNECT, nsp: "/visitor", data: { sid: "abc" } },
      { type: CONNECT, nsp: "/" },
      { type: DISCONNECT, nsp: "/operator" },
      { type: CONNECT_ERROR, nsp: "/visitor", data: { message: "BUSY", data: { retryAfter: 1 } } },
    ];
    const [ours, theirs] = [new JsonEncoder(), new Encoder()];
    for (const packet of packets)
      assert.deepEqual(ours.encode(packet), theirs.encode({ ...packet }), JSON.stringify(packet));
  });

  it("makes a frozen value into JSON once for several packets in a row", () => {
    const encoder = new JsonEncoder();
    const [one, other] = [new Counted(), new Counted()];
    const told = [
      { type: ACK, nsp: "/visitor", data: [{ ok: true, value: one.value }], id: 3 },
      { type: EVENT, nsp: "/visitor", data: ["message:sent", one.value] },
      { type: EVENT, nsp: "/operator", data: ["message:sent", one.value] },
    ].map((packet) => encoder.encode(packet));
    assert.deepEqual(told, [
      ['3/visitor,3[{"ok":true,"value":{"text":"hello"}}]'],
      ['2/visitor,["message:sent",{"text":"hello"}]'],
      ['2/operator,["message:sent",{"text":"hello"}]'],
    ]);
    assert.equal(one.count, 1);
    encoder.encode({ type: EVENT, nsp: "/", data: ["message:sent", other.value] });
    encoder.encode({ type: EVENT, nsp: "/", data: ["message:sent", one.value] });
    assert.deepEqual([one.count, other.count], [2, 1]);
  });

  it("makes a value that may have changed into JSON anew", () => {
    const encoder = new JsonEncoder();
    const value = { text: "before" };
    const packet = { type: EVENT, nsp: "/", data: ["message:sent", value] };
    assert.deepEqual(encoder.encode(packet), ['2["message:sent",{"text":"before"}]']);
    value.text = "after";
    assert.deepEqual(encoder.encode(packet), ['2["message:sent",{"text":"after"}]']);
  });
});
