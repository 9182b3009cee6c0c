import { createServer, connect, type AddressInfo, type Socket } from "node:net";

/** A link that the test can cut, hold and slow. */
export interface TcpProxy {
  port: number;
  /** What is sent from now on is lost in both directions, or one; nobody is told. */
  hold(direction?: "up" | "down" | "both"): void;
  /** Every chunk waits at random between these; order within a connection stays. */
  slow(minMs: number, maxMs: number): void;
  /** Breaks every open connection; new ones are taken. */
  breakAll(): void;
  /** Breaks every open connection and takes none until `restore`. */
  cut(): void;
  /** A plain link again; what was held is broken, since bytes are missing from it. */
  restore(): void;
  /** From now on to another port. */
  aim(port: number): void;
  connections(): number;
  close(): Promise<void>;
}

export async function startProxy(target: number, random: () => number): Promise<TcpProxy> {
  const pairs = new Set<{ client: Socket; server: Socket; tainted: boolean }>();
  const held = { up: false, down: false };
  let delay: [number, number] | null = null;
  let isCut = false;
  let aimedAt = target;

  function pipe(from: Socket, to: Socket, direction: "up" | "down", taint: () => void): void {
    let last = Promise.resolve();
    from.on("data", (chunk) => {
      if (held[direction]) {
        taint();
        return;
      }
      if (delay === null) {
        if (!to.write(chunk)) {
          from.pause();
          to.once("drain", () => from.resume());
        }
        return;
      }
      const [min, max] = delay;
      const ms = min + random() * (max - min);
      const before = last;
      last = new Promise((resolve) => {
        setTimeout(() => {
          void before.then(() => {
            if (!to.destroyed) to.write(chunk);
            resolve();
          });
        }, ms);
      });
    });
  }

  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(aimedAt, "127.0.0.1");
    const pair = { client, server: upstream, tainted: false };
    pairs.add(pair);
    const taint = () => {
      pair.tainted = true;
    };
    pipe(client, upstream, "up", taint);
    pipe(upstream, client, "down", taint);
    const end = () => {
      // An end is news, too: a held link does not carry it.
      if (held.up || held.down) {
        taint();
        return;
      }
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on("close", end).on("error", end);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  function breakAll(): void {
    for (const { client, server: upstream } of pairs) {
      client.destroy();
      upstream.destroy();
    }
    pairs.clear();
  }

  return {
    port: (server.address() as AddressInfo).port,
    hold(direction = "both") {
      held.up = direction !== "down";
      held.down = direction !== "up";
    },
    slow(minMs, maxMs) {
      delay = [minMs, maxMs];
    },
    breakAll,
    cut() {
      isCut = true;
      breakAll();
    },
    restore() {
      isCut = false;
      delay = null;
      held.up = false;
      held.down = false;
      for (const pair of pairs) {
        if (!pair.tainted) continue;
        pairs.delete(pair);
        pair.client.destroy();
        pair.server.destroy();
      }
    },
    aim(port) {
      aimedAt = port;
    },
    connections: () => pairs.size,
    async close() {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
