import { constants, setPriority } from "node:os";
import type { Socket } from "socket.io-client";
import { close, openIdle, type Target } from "./chat-load.js";

/**
 * The crowd of `chat-load`, in a process of its own: what it costs here to hold thousands of sockets must
 * not be measured as the server's time. Told `{ target, count, seconds }`, it opens so many evenly over
 * that time, or at once, and answers how many seconds it took; with a count of 0 those that are open leave.
 * Who comes in time stays: from then on this process takes a core only where nobody wants it, since its
 * collections of garbage hold one for some 100 ms.
 */
interface Order {
  target: Target;
  count: number;
  seconds: number;
}

let open: Socket[] = [];

async function obey({ target, count, seconds }: Order): Promise<void> {
  if (count === 0) {
    close(open);
    open = [];
    return;
  }
  open = open.concat(await openIdle(target, count, seconds));
  if (seconds > 0) setPriority(constants.priority.PRIORITY_LOW);
}

process.on("message", (order: Order) => {
  const started = performance.now();
  obey(order).then(
    () => process.send?.({ seconds: (performance.now() - started) / 1000 }),
    (error: unknown) => {
      process.stderr.write(`the crowd did not come: ${String(error)}\n`);
      process.exit(1);
    },
  );
});
