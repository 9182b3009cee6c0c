import { docOf } from "../bson/from-js.js";
import { int, numberOf } from "../bson/plain-number.js";
import { isDoc, type Doc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import type { Collection } from "../storage/collection.js";
import type { ReadContext } from "./read-request.js";

/** The numbers of a collection as `collStats` and `$collStats` give them. */
export function storageStats(
  context: ReadContext,
  collection: Collection | undefined,
  scale: number,
): Doc {
  const { count, bytes } =
    collection === undefined ? { count: 0, bytes: 0 } : context.size(collection);
  const size = int(Math.floor(bytes / scale));
  return docOf({
    size,
    count: int(count),
    avgObjSize: count === 0 ? undefined : int(Math.floor(bytes / count)),
    numOrphanDocs: int(0),
    storageSize: size,
    freeStorageSize: int(0),
    capped: false,
    nindexes: int(collection === undefined ? 0 : collection.indexes.length + 1),
    indexDetails: {},
    indexBuilds: [],
    totalIndexSize: int(0),
    totalSize: size,
    indexSizes: {},
    scaleFactor: int(scale),
  });
}

/** The one document that a pipeline beginning with `$collStats` starts from; undefined for any other. */
export function collStatsDocument(
  context: ReadContext,
  namespace: string,
  stage: Doc | undefined,
): Doc | undefined {
  const options = stage?.get("$collStats");
  if (options === undefined) return undefined;
  if (!isDoc(options)) throw mongoError(5447000, "$collStats must take a nested object");
  for (const name of options.keys())
    if (name !== "storageStats" && name !== "count")
      throw mongoError(238, `$collStats with ${name} is not supported by this server`);
  const collection = context.find(namespace);
  const storage = options.get("storageStats");
  const scale = isDoc(storage) ? (numberOf(storage.get("scale")) ?? 1) : 1;
  return docOf({
    ns: namespace,
    host: "embedded-mongo",
    localTime: new Date(),
    storageStats: storage === undefined ? undefined : storageStats(context, collection, scale),
    count: options.has("count")
      ? int(collection === undefined ? 0 : context.size(collection).count)
      : undefined,
  });
}
