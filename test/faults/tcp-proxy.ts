import { createServer, connect, type AddressInfo, type Socket } from "node:net";

/** A link that the test can cut, hold and slow. */
export interface TcpProxy {
  port: number;
  /** What is sent from now on is lost in both directions, or one; nobody is told. */
  hold(direction?: "up" | "down" | "both"): void;
  /**
   * Holds both directions from the first chunk on its way up that has this in it, or right after
   * that chunk; resolves then.
   */
  holdAt(pattern: RegExp, when?: "before" | "after"): Promise<void>;
  /** Connections that were open when the link was last held, and which of their ends have closed. */
  heldLinks(): readonly { clientClosed: boolean; serverClosed: boolean }[];
  /** Every chunk waits at random between these; order within a connection stays. */
  slow(minMs: number, maxMs: number): void;
  /** Down goes no more than this on each connection. */
  throttle(bytesPerSecond: number): void;
  /** Breaks every open connection; new ones are taken. */
  breakAll(): void;
  /** Breaks every open connection and takes none until `restore`. */
  cut(): void;
  /** A plain link again; what was held is broken, since bytes are missing from it. */
  restore(): void;
  close(): Promise<void>;
}

interface Link {
  client: Socket;
  server: Socket;
  tainted: boolean;
  clientClosed: boolean;
  serverClosed: boolean;
}

export async function startProxy(target: number, random: () => number): Promise<TcpProxy> {
  const links = new Set<Link>();
  const held = { up: false, down: false };
  let heldLinks: Link[] = [];
  let trap: { pattern: RegExp; when: "before" | "after"; caught: () => void } | null = null;
  let delay: [number, number] | null = null;
  let bytesPerSecond = Infinity;
  let isCut = false;

  function hold(direction: "up" | "down" | "both"): void {
    held.up = direction !== "down";
    held.down = direction !== "up";
    heldLinks = [...links];
  }

  function pipe(link: Link, from: Socket, to: Socket, direction: "up" | "down"): void {
    let last = Promise.resolve();
    from.on("data", (chunk) => {
      if (direction === "up" && trap?.pattern.test(chunk.toString("latin1")) === true) {
        if (trap.when === "after") to.write(chunk);
        hold("both");
        trap.caught();
        trap = null;
      }
      if (held[direction]) {
        link.tainted = true;
        return;
      }
      if (delay === null) {
        const ready = to.write(chunk);
        if (direction === "down" && bytesPerSecond < Infinity) {
          from.pause();
          setTimeout(() => from.resume(), (chunk.length / bytesPerSecond) * 1000);
        } else if (!ready) {
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
    const upstream = connect(target, "127.0.0.1");
    const link: Link = {
      client,
      server: upstream,
      tainted: false,
      clientClosed: false,
      serverClosed: false,
    };
    links.add(link);
    pipe(link, client, upstream, "up");
    pipe(link, upstream, client, "down");
    /** An end is news, too: a held direction does not carry it. */
    const end = (direction: "up" | "down") => {
      if (direction === "up") link.clientClosed = true;
      else link.serverClosed = true;
      if (held[direction]) {
        link.tainted = true;
        return;
      }
      links.delete(link);
      client.destroy();
      upstream.destroy();
    };
    client.on("close", () => end("up")).on("error", () => undefined);
    upstream.on("close", () => end("down")).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  function breakLink(link: Link): void {
    links.delete(link);
    link.client.destroy();
    link.server.destroy();
  }

  function breakAll(): void {
    for (const link of links) breakLink(link);
  }

  return {
    port: (server.address() as AddressInfo).port,
    hold: (direction = "both") => hold(direction),
    holdAt: (pattern, when = "before") =>
      new Promise((caught) => {
        trap = { pattern, when, caught };
      }),
    heldLinks: () => heldLinks,
    slow(minMs, maxMs) {
      delay = [minMs, maxMs];
    },
    throttle(most) {
      bytesPerSecond = most;
    },
    breakAll,
    cut() {
      isCut = true;
      breakAll();
    },
    restore() {
      isCut = false;
      delay = null;
      bytesPerSecond = Infinity;
      held.up = false;
      held.down = false;
      trap = null;
      for (const link of links) if (link.tainted) breakLink(link);
    },
    async close() {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
