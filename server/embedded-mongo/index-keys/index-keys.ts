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

/** A key pattern in the form in which every document needs it. */
interface Pattern {
  readonly paths: readonly (readonly string[])[];
  readonly directions: readonly (1 | -1)[];
}

const patterns = new WeakMap<IndexSpec, Pattern>();

/** Works out the index entries of a document. Throws 171 for two arrays side by side. */
export function indexKeys(spec: IndexSpec, doc: Doc): IndexKeys {
  if (spec.partial !== undefined && !spec.partial.matches(doc)) return noKeys;
  const { paths, directions } = patternOf(spec);
  const { keys, multikey } = extractKeys(doc, paths, spec.sparse);
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
  return extractKeys(doc, patternOf(spec).paths).keys;
}

function patternOf(spec: IndexSpec): Pattern {
  let pattern = patterns.get(spec);
  if (pattern === undefined) {
    pattern = {
      paths: spec.key.map(([path]) => path.split(".")),
      directions: spec.key.map(([, direction]) => direction),
    };
    patterns.set(spec, pattern);
  }
  return pattern;
}
