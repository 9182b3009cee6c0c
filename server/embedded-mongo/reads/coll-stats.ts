import { docOf } from "../bson/from-js.js";
import { int, numberOf } from "../bson/plain-number.js";
import { isDoc, type Doc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import type { Collection } from "../storage/collection.js";
import type { KeySpace } from "../storage/key-space.js";
import { tableRange } from "../storage/table-keys.js";
import type { ReadContext } from "./read-request.js";

/** What of an index is measured, from either end: entries, and bytes of what is read on the way. */
const sampleEntries = 10_000;
const sampleBytes = 4 * 1024 * 1024;

interface Sample {
  readonly entries: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** There is no more than was looked at. */
  readonly whole: boolean;
}

function sampleOf(space: KeySpace, table: number, reverse: boolean): Sample {
  let [entries, keyBytes, valueBytes] = [0, 0, 0];
  for (const { key, value } of space.walk({ ...tableRange(table), reverse })) {
    entries += 1;
    keyBytes += key.length;
    valueBytes += value.length;
    if (entries >= sampleEntries || keyBytes + valueBytes >= sampleBytes)
      return { entries, keyBytes, valueBytes, whole: false };
  }
  return { entries, keyBytes, valueBytes, whole: true };
}

/** How many bytes a table holds, of `part`: exact where it is small, above in proportion to a sample. */
function tableBytes(
  space: KeySpace,
  table: number,
  part: (sample: Sample) => number,
  count: () => number,
): number {
  const first = sampleOf(space, table, false);
  if (first.whole) return part(first);
  // also from the other end: keys often grow with time
  const last = sampleOf(space, table, true);
  return Math.round(((part(first) + part(last)) / (first.entries + last.entries)) * count());
}

/** The bytes of each index by its name, with pauses. That on `_id` is the documents' own order: its keys count. */
async function indexBytes(
  context: ReadContext,
  collection: Collection,
): Promise<Map<string, number>> {
  const { space } = context;
  const sizes = new Map<string, number>();
  const keys = ({ keyBytes }: Sample): number => keyBytes;
  sizes.set(
    "_id_",
    tableBytes(space, collection.table, keys, () => context.size(collection).count),
  );
  for (const { spec, table } of collection.indexes) {
    await new Promise(setImmediate);
    const all = ({ keyBytes, valueBytes }: Sample): number => keyBytes + valueBytes;
    sizes.set(
      spec.name,
      tableBytes(space, table, all, () => space.count(tableRange(table))),
    );
  }
  return sizes;
}

/** The numbers of a collection as `collStats` and `$collStats` give them. */
async function storageStats(
  context: ReadContext,
  collection: Collection | undefined,
  scale: number,
): Promise<Doc> {
  const { count, bytes } =
    collection === undefined ? { count: 0, bytes: 0 } : context.size(collection);
  const sizes = collection === undefined ? [] : [...(await indexBytes(context, collection))];
  const totalIndex = sizes.reduce((sum, [, size]) => sum + size, 0);
  const scaled = (size: number) => int(Math.floor(size / scale));
  return docOf({
    size: scaled(bytes),
    count: int(count),
    avgObjSize: count === 0 ? undefined : int(Math.floor(bytes / count)),
    numOrphanDocs: int(0),
    storageSize: scaled(bytes),
    freeStorageSize: int(0),
    capped: false,
    nindexes: int(sizes.length),
    indexDetails: {},
    indexBuilds: (collection?.indexes ?? [])
      .filter(({ building }) => building)
      .map(({ spec }) => spec.name),
    totalIndexSize: scaled(totalIndex),
    totalSize: scaled(bytes + totalIndex),
    indexSizes: new Map(sizes.map(([name, size]) => [name, scaled(size)])),
    scaleFactor: int(scale),
  });
}

/** The one document that a pipeline beginning with `$collStats` starts from; undefined for any other. */
export function collStatsInput(
  context: ReadContext,
  namespace: string,
  stage: Doc | undefined,
): AsyncIterable<Doc> | undefined {
  const options = stage?.get("$collStats");
  if (options === undefined) return undefined;
  if (!isDoc(options)) throw mongoError(5447000, "$collStats must take a nested object");
  for (const name of options.keys())
    if (name !== "storageStats" && name !== "count")
      throw mongoError(238, `$collStats with ${name} is not supported by this server`);
  return measured(context, namespace, options);
}

async function* measured(
  context: ReadContext,
  namespace: string,
  options: Doc,
): AsyncGenerator<Doc> {
  const collection = context.find(namespace);
  const storage = options.get("storageStats");
  const scale = isDoc(storage) ? (numberOf(storage.get("scale")) ?? 1) : 1;
  yield docOf({
    ns: namespace,
    host: "embedded-mongo",
    localTime: new Date(),
    storageStats:
      storage === undefined ? undefined : await storageStats(context, collection, scale),
    count: options.has("count")
      ? int(collection === undefined ? 0 : context.size(collection).count)
      : undefined,
  });
}
