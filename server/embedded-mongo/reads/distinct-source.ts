import { serializeDoc } from "../bson/serialize-bson.js";
import type { Value } from "../bson/value.js";
import type { Batch, DocumentSource } from "../cursors/cursor-registry.js";
import { equalityKey } from "../index-keys/encode-key.js";
import { mongoError } from "../mongo-error.js";
import type { Plan } from "../planner/plan.js";
import { matches, type Query } from "../planner/query.js";
import { Scan } from "../planner/scan.js";
import { finish, type Turn } from "../planner/turn.js";
import type { KeySpace } from "../storage/key-space.js";

/** As in MongoDB the answer is one document and may not be larger than one. */
const distinctBytes = 16 * 1024 * 1024;

/** Gives one document `{values: […]}` with the distinct values under a path. */
export class DistinctSource implements DocumentSource {
  readonly #path: readonly string[];

  constructor(
    private readonly space: KeySpace,
    private readonly query: Query,
    path: string,
    private readonly turn: Turn,
    private readonly plan: Plan,
  ) {
    this.#path = path.split(".");
  }

  next(_limit: number, _bytes: number, deadline: number | undefined): Batch | Promise<Batch> {
    this.turn.start(deadline);
    return finish(this.#steps(), this.turn);
  }

  *#steps(): Generator<undefined, Batch> {
    const values = new Map<string, Value>();
    let bytes = 0;
    for (const match of matches(new Scan(this.space, this.plan), this.query.filter, this.turn)) {
      if (match === undefined) {
        yield undefined;
        continue;
      }
      for (const value of valuesAt(match.doc(), this.#path)) {
        const key = equalityKey(value);
        if (values.has(key)) continue;
        values.set(key, value);
        bytes += key.length;
        if (bytes > distinctBytes) throw mongoError(17217, "distinct too big, 16mb cap");
      }
    }
    return { documents: [serializeDoc(new Map([["values", [...values.values()]]]))], done: true };
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
