import type { Doc, Value } from "../bson/value.js";
import { encodeKey } from "./encode-key.js";
import { extractKeys } from "./extract-keys.js";
import type { IndexSpec } from "./index-spec.js";

/** The entries of one document in one index. */
export interface IndexKeys {
  /** Distinct; empty where a sparse or partial index leaves the document out. */
  readonly keys: Buffer[];
  readonly multikey: boolean;
  /** At least one key is cut to prefix and digest. */
  readonly truncated: boolean;
}

const noKeys: IndexKeys = { keys: [], multikey: false, truncated: false };
const splitPaths = new WeakMap<IndexSpec, readonly (readonly string[])[]>();

/** Works out the index entries of a document. Throws 171 for two arrays side by side. */
export function indexKeys(spec: IndexSpec, doc: Doc): IndexKeys {
  if (spec.partial !== undefined && !spec.partial.matches(doc)) return noKeys;
  const { keys, multikey } = extractKeys(doc, pathsOf(spec), spec.sparse);
  const directions = spec.key.map(([, direction]) => direction);
  let truncated = false;
  const distinct = new Map<string, Buffer>();
  for (const values of keys) {
    const key = encodeKey(values, directions);
    truncated ||= key.truncated;
    if (keys.length === 1) return { keys: [key.bytes], multikey, truncated };
    distinct.set(key.bytes.toString("latin1"), key.bytes);
  }
  return { keys: [...distinct.values()], multikey, truncated };
}

/** The values of each entry, before encoding: for `keyValue` of a duplicate key. */
export function indexKeyValues(spec: IndexSpec, doc: Doc): Value[][] {
  return extractKeys(doc, pathsOf(spec)).keys;
}

function pathsOf(spec: IndexSpec): readonly (readonly string[])[] {
  let paths = splitPaths.get(spec);
  if (paths === undefined) {
    paths = spec.key.map(([path]) => path.split("."));
    splitPaths.set(spec, paths);
  }
  return paths;
}
