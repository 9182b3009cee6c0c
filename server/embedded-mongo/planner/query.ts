import { parseDoc } from "../bson/parse-bson.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { Doc } from "../bson/value.js";
import type { Batch, DocumentSource } from "../cursors/cursor-registry.js";
import type { Filter } from "../query/filter-node.js";
import { compileProjection, type ProjectionOptions } from "../query/project.js";
import { compileSorter, type Sorter } from "../query/sort.js";
import type { Collection } from "../storage/collection.js";
import type { KeySpace } from "../storage/key-space.js";
import { choosePlan, type Hint } from "./choose-plan.js";
import type { Plan } from "./plan.js";
import { Scan } from "./scan.js";
import { SortedTop } from "./sorted-top.js";
import { finish, TooSlow, type Turn } from "./turn.js";

/** What a find asks, compiled. */
export interface Query {
  readonly collection: Collection;
  readonly filter: Filter;
  readonly sort: Doc;
  readonly projection: Doc | undefined;
  readonly skip: number;
  /** 0: no limit. */
  readonly limit: number;
  readonly hint: Hint | undefined;
  /** What `$expr` and computed projections need: `$$NOW` and the command's `let`. */
  readonly expressions: ProjectionOptions;
  /** It computes expressions, so what it costs is not known beforehand. */
  readonly computes: boolean;
}

/** A document of this size takes milliseconds to parse. */
const largeDocument = 256 * 1024;
/** More than this is not sorted in the thread that serves everybody. */
const shortSort = 5_000;

export function planQuery(space: KeySpace, query: Query): Plan {
  return choosePlan(space, {
    collection: query.collection,
    filter: query.filter,
    sort:
      query.sort.size === 0 || query.sort.has("$natural") ? [] : compileSorter(query.sort).fields,
    hint: query.hint ?? naturalHint(query.sort),
    limited: query.limit > 0,
  });
}

function naturalHint(sort: Doc): Doc | undefined {
  return sort.has("$natural") ? sort : undefined;
}

/** A document that matched: its bytes, and parsed where matching needed that. */
export interface Match {
  readonly idKey: Buffer;
  readonly bytes: Buffer;
  doc(): Doc;
}

/** The documents that match, in the order of the plan; undefined where the slice is over. */
export function* matches(scan: Scan, filter: Filter, turn: Turn): Generator<Match | undefined> {
  while (!scan.done) {
    let over = false;
    for (const { idKey, bytes } of scan.slice()) {
      let parsed: Doc | undefined;
      const doc = (): Doc => (parsed ??= parseDoc(bytes));
      if (!scan.plan.exact) refuseLarge(bytes, turn);
      if (scan.plan.exact || filter.matches(doc())) yield { idKey, bytes, doc };
      over = turn.over();
      if (over) break;
    }
    if (over) yield undefined;
  }
}

/** A large document is parsed where slow reads run, as long as that can still be chosen. */
export function refuseLarge(bytes: Buffer, turn: Turn): void {
  if (turn.limited && bytes.length > largeDocument) throw new TooSlow();
}

/** Runs a query as a stream of batches. */
export class QuerySource implements DocumentSource {
  readonly scan: Scan;
  readonly #project: ((doc: Doc) => Doc) | undefined;
  readonly #sorter: Sorter | undefined;
  #sorted: Buffer[] | undefined;
  #at = 0;
  #skipped = 0;
  #given = 0;
  /** A document that did not fit the last batch. */
  #held: Uint8Array | undefined;

  constructor(
    space: KeySpace,
    private readonly query: Query,
    private readonly turn: Turn,
    plan: Plan = planQuery(space, query),
  ) {
    this.scan = new Scan(space, plan);
    const { projection, filter, sort } = query;
    if (projection !== undefined && projection.size > 0)
      this.#project = compileProjection(projection, filter, query.expressions);
    if (!plan.sorted) this.#sorter = compileSorter(sort);
  }

  next(limit: number, bytes: number, deadline: number | undefined): Batch | Promise<Batch> {
    this.turn.start(deadline);
    return finish(this.#steps(limit, bytes), this.turn);
  }

  *#steps(limit: number, bytes: number): Generator<undefined, Batch> {
    const documents: Uint8Array[] = [];
    let size = 0;
    const add = (document: Uint8Array): boolean => {
      if (documents.length > 0 && size + document.length > bytes) {
        this.#held = document;
        return false;
      }
      documents.push(document);
      size += document.length;
      return documents.length < limit && size < bytes;
    };
    const wantsMore = this.#addHeld(add) && limit > 0;
    let done = false;
    if (wantsMore && this.#sorter === undefined) done = yield* this.#stream(add);
    else if (wantsMore && this.#sorter !== undefined) {
      this.#sorted ??= yield* this.#sort(this.#sorter);
      done = yield* this.#fromSorted(this.#sorted, add);
    }
    this.turn.commit();
    return { documents, done };
  }

  /** Runs the query to its end, keeps nothing, and gives how many documents it has. Not beside `next`. */
  countAll(deadline: number | undefined): number | Promise<number> {
    this.turn.start(deadline);
    return finish(this.#countAll(), this.turn);
  }

  *#countAll(): Generator<undefined, number> {
    let found = 0;
    const add = (): boolean => {
      found += 1;
      return true;
    };
    if (this.#sorter === undefined) yield* this.#stream(add);
    else yield* this.#fromSorted(yield* this.#sort(this.#sorter), add);
    return found;
  }

  #addHeld(add: (document: Uint8Array) => boolean): boolean {
    if (this.#held === undefined) return true;
    const held = this.#held;
    this.#held = undefined;
    return add(held);
  }

  /** Gives true when there is nothing more. */
  *#stream(add: (document: Uint8Array) => boolean): Generator<undefined, boolean> {
    const { skip, filter } = this.query;
    if (this.#finished()) return true;
    for (const match of matches(this.scan, filter, this.turn)) {
      if (match === undefined) yield undefined;
      else if (this.#skipped < skip) this.#skipped += 1;
      else {
        this.#given += 1;
        const more = add(this.#shaped(match));
        if (this.#finished()) return this.#held === undefined;
        if (!more) return false;
      }
    }
    return true;
  }

  #finished(): boolean {
    const { limit } = this.query;
    return this.scan.done || (limit > 0 && this.#given >= limit);
  }

  #shaped(match: Match): Uint8Array {
    if (this.#project === undefined) return match.bytes;
    refuseLarge(match.bytes, this.turn);
    return serializeDoc(this.#project(match.doc()));
  }

  *#fromSorted(
    sorted: readonly Buffer[],
    add: (document: Uint8Array) => boolean,
  ): Generator<undefined, boolean> {
    while (this.#at < sorted.length) {
      if (this.turn.over()) yield undefined;
      const bytes = sorted[this.#at];
      this.#at += 1;
      if (bytes === undefined) break;
      const shaped =
        this.#project === undefined ? bytes : serializeDoc(this.#project(parseDoc(bytes)));
      if (!add(shaped)) return this.#at >= sorted.length && this.#held === undefined;
    }
    return true;
  }

  *#sort(sorter: Sorter): Generator<undefined, Buffer[]> {
    const { filter, skip, limit } = this.query;
    const heap = new SortedTop(sorter, limit > 0 ? skip + limit : Infinity);
    for (const match of matches(this.scan, filter, this.turn)) {
      if (match === undefined) yield undefined;
      else {
        refuseLarge(match.bytes, this.turn);
        heap.add(match.doc(), match.bytes);
        if (this.turn.limited && heap.size > shortSort) throw new TooSlow();
      }
    }
    return heap.sorted().slice(skip);
  }

  close(): void {
    this.#sorted = undefined;
  }
}
