import { lstatSync, rmSync } from "node:fs";
import { connect } from "node:net";

/** Removes the socket file of a server that is gone. Throws an Error when one still answers, or it is another file. */
export async function clearSocket(path: string): Promise<void> {
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (file === undefined) return;
  if (!file.isSocket()) throw new Error(`${path} is there already and is not a socket`);
  const answered = await new Promise<boolean>((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
  if (answered) throw new Error(`Another server is listening on ${path}`);
  rmSync(path, { force: true });
}
