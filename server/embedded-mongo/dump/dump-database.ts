import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Db, MongoClient } from "mongodb";
import { parseDoc } from "../bson/parse-bson.js";
import { isDoc } from "../bson/value.js";
import { writeEjson } from "./write-ejson.js";

/** What was written or read, for telling. */
export interface DumpedCollection {
  readonly name: string;
  readonly documents: number;
  /** It is a view: only its definition is kept. */
  readonly view?: true;
}

/** A collection's file name: names may hold what file names may not, and may end as other files here do. */
export function fileNameOf(collection: string): string {
  return encodeURIComponent(collection)
    .replaceAll("*", "%2A")
    .replace(/\.(?=(indexes|options)$)/, "%2E");
}

export const documentsSuffix = ".json";
export const indexesSuffix = ".indexes.json";
export const optionsSuffix = ".options.json";

/**
 * Writes one database: for each collection a file of Extended JSON, one document a line, as mongoexport
 * does, and beside it the definitions of its indexes and, where it has any, its options (a validator);
 * of a view its options alone, which define it. Streams; the server may go on serving.
 */
export async function dumpDatabase(
  client: MongoClient,
  database: string,
  folder: string,
): Promise<DumpedCollection[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = client.db(database);
  const dumped: DumpedCollection[] = [];
  for await (const bytes of db.listCollections({}, { raw: true })) {
    const info = parseDoc(asBytes(bytes));
    const name = info.get("name");
    if (typeof name !== "string" || name.startsWith("system.")) continue;
    const options = info.get("options");
    if (isDoc(options) && options.size > 0)
      writeFileSync(join(folder, fileNameOf(name) + optionsSuffix), `${writeEjson(options)}\n`, {
        mode: 0o600,
      });
    dumped.push(
      info.get("type") === "view"
        ? { name, documents: 0, view: true }
        : { name, documents: await dumpCollection(db, name, folder) },
    );
  }
  return dumped;
}

async function dumpCollection(db: Db, name: string, folder: string): Promise<number> {
  const base = join(folder, fileNameOf(name));
  const definitions: string[] = [];
  for await (const bytes of db.collection(name).listIndexes({ raw: true }))
    definitions.push(writeEjson(parseDoc(asBytes(bytes))));
  writeFileSync(base + indexesSuffix, `[${definitions.join(",\n ")}]\n`, { mode: 0o600 });
  let documents = 0;
  // raw bytes: the driver's objects would lose the order of numeric field names
  const cursor = db.collection(name).find({}, { raw: true, noCursorTimeout: true });
  const lines = async function* () {
    for await (const bytes of cursor) {
      documents += 1;
      yield `${writeEjson(parseDoc(asBytes(bytes)))}\n`;
    }
  };
  await pipeline(
    Readable.from(lines()),
    createWriteStream(base + documentsSuffix, { mode: 0o600 }),
  );
  return documents;
}

function asBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError("the driver gave no raw document");
}
