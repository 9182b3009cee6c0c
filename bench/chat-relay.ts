import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";

/**
 * The raw limit: a Socket.IO server that keeps nothing, asks nobody and trusts everybody. A message
 * is acknowledged and handed to whoever must see it, the same screens as ours; that is all.
 */
const http = createServer();
const io = new Server(http, { path: "/io", serveClient: false });
const visitors = io.of("/visitor");
const operators = io.of("/operator");
visitors.on("connection", (socket) => {
  void socket.join(`v:${String(socket.handshake.auth["token"])}`);
  socket.on("message:send", (draft: object, ack: (reply: object) => void) => {
    ack({ ok: true, value: draft });
    operators.to("all").emit("message:sent", draft);
  });
});
operators.on("connection", (socket) => {
  void socket.join("all");
  socket.on("message:send", (draft: { to: string }, ack: (reply: object) => void) => {
    ack({ ok: true, value: draft });
    visitors.to(`v:${draft.to}`).emit("message:sent", draft);
    socket.to("all").emit("message:sent", draft);
  });
});
// As many may wait to be taken as at ours: else a crowd's time is that of the system's timers.
http.listen({ port: 0, host: "127.0.0.1", backlog: 16_384 }, () => {
  process.stdout.write(`Script tag http://127.0.0.1:${(http.address() as AddressInfo).port}\n`);
});
