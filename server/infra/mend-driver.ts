import { createRequire } from "node:module";
import { Socket } from "node:net";
import { mongo } from "mongoose";

type Once = (emitter: unknown, event: string, options?: unknown) => Promise<unknown>;

let mended = false;

/**
 * Mends one fault of the MongoDB driver (7.8.0, 7.9.0), for every connection of this process. A command
 * that the socket does not take at once waits for "drain" or "error". Between the moment a server's end of
 * a connection is seen and the socket's "close" a write is taken for "not at once" as well, and then
 * neither event ever comes: the command never ends and, where it was the driver's own look at the server,
 * that server counts as gone until this process starts again. Here such a wait ends as the socket closes,
 * with the error that the driver has for a lost connection.
 *
 * `test/infra/mend-driver.test.ts` fails without it; when it no longer does, this file may go.
 * @throws Error where the driver is not as it is known here
 */
export function mendDriver(): void {
  if (mended) return;
  // The driver that Mongoose has, which may be another than one that stands beside it.
  const requireHere = createRequire(import.meta.url);
  const utils: unknown = createRequire(requireHere.resolve("mongoose"))("mongodb/lib/utils.js");
  if (!hasOnce(utils)) throw new Error("This MongoDB driver waits in another way: mend-driver.ts");
  const { once } = utils;
  utils.once = (emitter, event, options) => {
    const waited = once(emitter, event, options);
    return event === "drain" && emitter instanceof Socket ? endWithClose(waited, emitter) : waited;
  };
  mended = true;
}

function hasOnce(utils: unknown): utils is { once: Once } {
  return (
    typeof utils === "object" &&
    utils !== null &&
    "once" in utils &&
    typeof utils.once === "function"
  );
}

function endWithClose<T>(waited: Promise<T>, socket: Socket): Promise<T> {
  return new Promise((resolve, reject) => {
    const lost = (): void =>
      reject(new mongo.MongoNetworkError("the connection closed before a command was written"));
    if (socket.closed) lost();
    else socket.once("close", lost);
    waited.then(resolve, reject).finally(() => socket.off("close", lost));
  });
}
