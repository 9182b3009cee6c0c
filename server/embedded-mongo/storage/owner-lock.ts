import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { parseDoc } from "../bson/parse-bson.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import { docOf } from "../bson/from-js.js";
import type { KeySpace } from "./key-space.js";
import { socketFolder } from "./short-path.js";
import { systemTable, tableKey } from "./table-keys.js";

export interface Ownership {
  release(): Promise<void>;
}

const ownerKey = tableKey(systemTable, Buffer.from("owner"));

interface Owner {
  readonly nonce: string;
  readonly text: string;
}

function readOwner(space: KeySpace): Owner | undefined {
  const bytes = space.get(ownerKey);
  if (bytes === undefined) return undefined;
  const doc = parseDoc(bytes);
  const field = (name: string): string => {
    const value = doc.get(name);
    return typeof value === "string" ? value : "unknown";
  };
  return {
    nonce: field("nonce"),
    text: `process ${field("pid")} on ${field("host")} (${field("command")}), since ${field("since")}`,
  };
}

/**
 * Makes this process the only one that uses the folder. The owner is a record in the database, changed
 * by compare-and-set in a transaction; whether an owner still lives is asked of a Unix socket named after
 * the record, which the system closes when the process ends, however it ends. Process numbers are not
 * asked: in containers that share a folder they mean nothing.
 * Throws an Error that names the owner.
 */
export async function takeOwnership(folder: string, space: KeySpace): Promise<Ownership> {
  const sockets = socketFolder(folder);
  const nonce = randomBytes(6).toString("hex");
  const server = createServer((socket) => socket.destroy());
  const path = join(sockets.path, socketName(nonce));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path }, resolve);
  });
  server.unref();
  const release = async (): Promise<void> => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    sockets.release();
  };
  try {
    for (;;) {
      const owner = readOwner(space);
      if (owner !== undefined && (await lives(join(sockets.path, socketName(owner.nonce)))))
        throw new Error(
          `The data folder ${folder} is in use by ${owner.text}. Stop that process, or use another folder.`,
        );
      if (replaceOwner(space, owner, nonce)) {
        if (owner !== undefined)
          rmSync(join(sockets.path, socketName(owner.nonce)), { force: true });
        return { release };
      }
    }
  } catch (error) {
    await release();
    throw error;
  }
}

function socketName(nonce: string): string {
  return `owner-${nonce}.sock`;
}

function replaceOwner(space: KeySpace, before: Owner | undefined, nonce: string): boolean {
  let replaced = false;
  const record = docOf({
    nonce,
    pid: String(process.pid),
    host: hostname(),
    command: process.argv[1] ?? process.execPath,
    since: new Date().toISOString(),
  });
  space.commit(() => {
    replaced = readOwner(space)?.nonce === before?.nonce;
    if (replaced) space.put(ownerKey, serializeDoc(record));
  });
  return replaced;
}

function lives(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
