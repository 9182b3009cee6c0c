import { serializeDoc } from "../bson/serialize-bson.js";
import type { Doc, Value } from "../bson/value.js";
import type { Batch, DocumentSource } from "../cursors/cursor-registry.js";
import { equalityKey } from "../index-keys/encode-key.js";
import { mongoError } from "../mongo-error.js";
import type { Plan } from "../planner/plan.js";
import { matches, refuseLarge, type Query } from "../planner/query.js";
import { Scan } from "../planner/scan.js";
import { finish, type Turn } from "../planner/turn.js";
import type { KeySpace } from "../storage/key-space.js";

/** As in MongoDB the answer is one document and may not be larger than one. */
const distinctBytes = 16 * 1024 * 1024;

/** Gathers the distinct values under a path. */
export class DistinctValues {
  readonly #path: readonly string[];
  readonly #values = new Map<string, Value>();
  #bytes = 0;

  constructor(path: string) {
    this.#path = path.split(".");
  }

  /** Throws 17217 when the values together are larger than a document may be. */
  add(doc: Doc): void {
    for (const value of valuesAt(doc, this.#path)) {
      const key = equalityKey(value);
      if (this.#values.has(key)) continue;
      this.#values.set(key, value);
      this.#bytes += key.length;
      if (this.#bytes > distinctBytes) throw mongoError(17217, "distinct too big, 16mb cap");
    }
  }

  /** `{values: […]}`. */
  document(): Doc {
    return new Map([["values", [...this.#values.values()]]]);
  }
}

/** Gives one document `{values: […]}` with the distinct values under a path. */
export class DistinctSource implements DocumentSource {
  constructor(
    private readonly space: KeySpace,
    private readonly query: Query,
    private readonly path: string,
    private readonly turn: Turn,
    private readonly plan: Plan,
  ) {}

  next(_limit: number, _bytes: number, deadline: number | undefined): Batch | Promise<Batch> {
    this.turn.start(deadline);
    return finish(this.#steps(), this.turn);
  }

  *#steps(): Generator<undefined, Batch> {
    const values = new DistinctValues(this.path);
    for (const match of matches(new Scan(this.space, this.plan), this.query.filter, this.turn))
      if (match === undefined) yield undefined;
      else {
        refuseLarge(match.bytes, this.turn);
        values.add(match.doc());
      }
    return { documents: [serializeDoc(values.document())], done: true };
  }

  close(): void {
    // nothing is held
  }
}

/** The values that distinct sees: arrays at the end of the path and on the way are taken apart. */
function valuesAt(value: Value | undefined, path: readonly string[]): Value[] {
  const [name, ...rest] = path;
  if (name === undefined) {
    if (value === undefined) return [];
    return Array.isArray(value) ? value : [value];
  }
  if (value instanceof Map) return valuesAt(value.get(name), rest);
  if (!Array.isArray(value)) return [];
  const position = /^\d+$/.test(name) ? value[Number(name)] : undefined;
  return [
    ...value.filter((item) => item instanceof Map).flatMap((item) => valuesAt(item, path)),
    ...(position === undefined ? [] : valuesAt(position, rest)),
  ];
}
