import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { errorText } from "../error-text.js";
import { serveDatabase, type Address } from "./database-server.js";

/**
 * The database as a process of its own: `npm run db -- --socket PATH | --port N [--host H] [--data DIR]`.
 * There is no sign-in, so it listens on the loopback address unless told otherwise.
 */
const usage =
  "usage: npm run db -- (--socket PATH | --port N [--host ADDRESS]) [--data DIR]\n" +
  "  --data   the data folder, default ./.porchlight\n" +
  "  --host   the address to listen on, default 127.0.0.1; there is no sign-in\n";

function parseCommandLine(): { address: Address; dataDir: string } {
  const { values } = parseArgs({
    options: {
      socket: { type: "string" },
      port: { type: "string" },
      host: { type: "string", default: "127.0.0.1" },
      data: { type: "string", default: ".porchlight" },
    },
  });
  const dataDir = resolve(values.data);
  if (values.socket !== undefined && values.port === undefined)
    return { address: { path: resolve(values.socket) }, dataDir };
  const port = Number(values.port);
  if (values.socket !== undefined || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error("give either --socket PATH or --port N");
  return { address: { host: values.host, port }, dataDir };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<void> {
  const { address, dataDir } = parseCommandLine();
  // The files are the owner's alone, also once they are copied out of their folder.
  process.umask(0o077);
  if ("path" in address) mkdirSync(dirname(address.path), { recursive: true, mode: 0o700 });
  const server = await serveDatabase({
    dataDir,
    address,
    log: (level, message, fields) => say(JSON.stringify({ level, message, ...fields })),
  });
  const url =
    "path" in address
      ? `mongodb://${encodeURIComponent(address.path)}/`
      : `mongodb://${address.host}:${server.wire.port()}/`;
  say(JSON.stringify({ level: "info", message: "listening", url }));
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      void server.close().then(() => process.exit(0));
    });
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorText(error)}\n${usage}`);
  process.exitCode = 1;
});
