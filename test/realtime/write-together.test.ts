import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { writeTogether } from "../../server/realtime/write-together.js";

describe("what is said to a connection in one turn", () => {
  const server = createServer();
  let sender: Socket;
  let reader: Socket;
  let engine: EventEmitter;
  const http = createHttpServer();
  const heard: string[] = [];
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const accepted = once(server, "connection");
    reader = connect((server.address() as AddressInfo).port, "127.0.0.1");
    [sender] = (await accepted) as [Socket];
    reader.setEncoding("utf8").on("data", (text: string) => heard.push(text));
    engine = new EventEmitter();
    writeTogether(engine, http);
  });
  after(() => {
    sender.destroy();
    reader.destroy();
    server.close();
  });
  const flush = (transport: object) => engine.emit("flush", { transport });

  it("leaves in one write, at the end of the turn", async () => {
    for (const text of ["one ", "two ", "three"]) {
      flush({ socket: { _socket: sender } });
      sender.write(text);
    }
    assert.deepEqual([sender.writableCorked, sender.writableLength], [1, 13]);
    await once(reader, "data");
    assert.deepEqual([heard, sender.writableCorked], [["one two three"], 0]);
    flush({ socket: { _socket: sender } });
    sender.write("four");
    await once(reader, "data");
    assert.equal(heard.at(-1), "four");
  });

  it("leaves with the answer to its handshake", async () => {
    http.on("upgrade", (_request, socket) => socket.write("welcome, "));
    http.emit("upgrade", {}, sender, Buffer.alloc(0));
    flush({ socket: { _socket: sender } });
    sender.write("this is yours");
    await once(reader, "data");
    assert.deepEqual([heard.at(-1), sender.writableCorked], ["welcome, this is yours", 0]);
  });

  it("leaves a polling answer, and a connection that is gone, alone", async () => {
    flush({});
    flush({ socket: null });
    flush({ socket: { _socket: null } });
    flush({ socket: { _socket: sender } });
    sender.destroy();
    await new Promise(setImmediate);
    assert.equal(sender.writableCorked, 0);
  });
});
