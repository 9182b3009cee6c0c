import { createReadStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Db, MongoClient } from "mongodb";
import { errorText } from "../error-text.js";
import {
  documentsSuffix,
  indexesSuffix,
  optionsSuffix,
  type DumpedCollection,
} from "./dump-database.js";
import { parseEjson } from "./parse-ejson.js";
import { toDriver, type DriverDocument, type Losses } from "./to-driver.js";

/** As many documents, or as much text, as one insert carries. */
const batchDocuments = 1_000;
const batchCharacters = 8 * 1024 * 1024;

export interface RestoreResult {
  readonly collections: readonly DumpedCollection[];
  /** Values of the deprecated type undefined, which drivers send as null. */
  readonly undefinedAsNull: number;
}

/**
 * Reads what `dumpDatabase` or mongoexport wrote: each collection's options, documents, then indexes, and
 * views at the end. Streams. A validator is set but not asked: the documents were there before. With `drop`,
 * collections that are there make room; without it a document that is there already is an error, after
 * all others have been written.
 */
export async function restoreDatabase(
  client: MongoClient,
  database: string,
  folder: string,
  options: { drop: boolean },
): Promise<RestoreResult> {
  const db = client.db(database);
  const losses: Losses = { undefinedAsNull: 0 };
  const collections: DumpedCollection[] = [];
  const views = new Map<string, DriverDocument>();
  const files = readdirSync(folder).sort();
  for (const file of files.filter((one) => one.endsWith(optionsSuffix))) {
    const name = decodeURIComponent(file.slice(0, -optionsSuffix.length));
    const definition = readOptions(join(folder, file));
    if (options.drop) await db.dropCollection(name).catch(ignoreMissing);
    if (definition.has("viewOn")) views.set(name, definition);
    else await create(db, name, definition);
  }
  for (const file of files) {
    if (!file.endsWith(documentsSuffix)) continue;
    if (file.endsWith(indexesSuffix) || file.endsWith(optionsSuffix)) continue;
    const base = file.slice(0, -documentsSuffix.length);
    const name = decodeURIComponent(base);
    const made = files.includes(base + optionsSuffix);
    if (options.drop && !made) await db.dropCollection(name).catch(ignoreMissing);
    const documents = await restoreDocuments(db, name, join(folder, file), losses);
    await restoreIndexes(db, name, join(folder, base + indexesSuffix));
    collections.push({ name, documents });
  }
  for (const [name, definition] of views) {
    await create(db, name, definition);
    collections.push({ name, documents: 0, view: true });
  }
  return { collections, undefinedAsNull: losses.undefinedAsNull };
}

function readOptions(file: string): DriverDocument {
  return toDriver(parseEjson(readFileSync(file, "utf8")), { undefinedAsNull: 0 });
}

/** Makes a collection or view as it was; says which where the server cannot have it. */
async function create(db: Db, name: string, options: DriverDocument): Promise<void> {
  try {
    await db.command({ create: name, ...Object.fromEntries(options) });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === 48) return;
    throw new Error(`${name}: ${errorText(error)}`);
  }
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === 26) return;
  throw error;
}

async function restoreDocuments(
  db: Db,
  name: string,
  file: string,
  losses: Losses,
): Promise<number> {
  const lines = createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Infinity });
  let batch: DriverDocument[] = [];
  let characters = 0;
  let documents = 0;
  let line = 0;
  const errors: unknown[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const reply = await db.command({
      insert: name,
      documents: batch,
      ordered: false,
      bypassDocumentValidation: true,
    });
    const failed: unknown = reply["writeErrors"];
    if (Array.isArray(failed)) errors.push(...(failed as unknown[]));
    documents += batch.length;
    batch = [];
    characters = 0;
  };
  for await (const text of lines) {
    line += 1;
    if (text.trim() === "") continue;
    try {
      batch.push(toDriver(parseEjson(text), losses));
    } catch (error) {
      throw new Error(`${file}, line ${line}: ${errorText(error)}`);
    }
    characters += text.length;
    if (batch.length >= batchDocuments || characters >= batchCharacters) await flush();
  }
  await flush();
  if (errors.length > 0)
    throw new Error(
      `${file}: ${errors.length} documents were not stored, the first: ${messageOf(errors[0])}`,
    );
  return documents;
}

function messageOf(writeError: unknown): string {
  return writeError instanceof Object && "errmsg" in writeError
    ? String(writeError.errmsg)
    : "unknown";
}

async function restoreIndexes(db: Db, name: string, file: string): Promise<void> {
  if (!existsSync(file)) return;
  const wrapped = parseEjson(`{"indexes":${readFileSync(file, "utf8")}}`);
  const converted = toDriver(wrapped, { undefinedAsNull: 0 }).get("indexes");
  const definitions = (Array.isArray(converted) ? converted : []).filter(
    (definition: unknown) => definition instanceof Map && definition.get("name") !== "_id_",
  );
  if (definitions.length > 0) await db.command({ createIndexes: name, indexes: definitions });
  else await db.createCollection(name).catch(ignoreExisting);
}

function ignoreExisting(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === 48) return;
  throw error;
}
