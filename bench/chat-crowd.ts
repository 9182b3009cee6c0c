import { close, openIdle, type Target } from "./chat-load.js";

/**
 * The crowd of `chat-load`, in a process of its own: what it costs here to hold thousands of sockets must
 * not be measured as the server's time. Told `{ target, count, stay }`, it opens so many, answers how many
 * seconds that took, and stays with them or leaves.
 */
interface Order {
  target: Target;
  count: number;
  stay: boolean;
}

process.on("message", ({ target, count, stay }: Order) => {
  const started = performance.now();
  openIdle(target, count).then(
    (sockets) => {
      const seconds = (performance.now() - started) / 1000;
      if (!stay) close(sockets);
      process.send?.({ seconds });
    },
    (error: unknown) => {
      process.stderr.write(`the crowd did not come: ${String(error)}\n`);
      process.exit(1);
    },
  );
});
