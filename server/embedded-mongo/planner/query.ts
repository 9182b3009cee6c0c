import { parseDoc } from "../bson/parse-bson.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { Doc, Value } from "../bson/value.js";
import type { Batch, DocumentSource } from "../cursors/cursor-registry.js";
import { mongoError } from "../mongo-error.js";
import type { Filter } from "../query/filter-node.js";
import { compileProjection } from "../query/project.js";
import { compileSorter, type Sorter } from "../query/sort.js";
import type { Collection } from "../storage/collection.js";
import type { KeySpace } from "../storage/key-space.js";
import { choosePlan, type Hint } from "./choose-plan.js";
import type { Plan } from "./plan.js";
import { Scan } from "./scan.js";
import type { Turn } from "./turn.js";

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
}

/** Memory for a sort that no index gives, as MongoDB has it. */
export const sortMemoryBytes = 100 * 1024 * 1024;

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

/** The documents that match, in the order of the plan. Take a turn between slices. */
export function* matches(scan: Scan, filter: Filter, turn: Turn): Generator<Match> {
  for (const { idKey, bytes } of scan.slice()) {
    let parsed: Doc | undefined;
    const doc = (): Doc => (parsed ??= parseDoc(bytes));
    if (scan.plan.exact || filter.matches(doc())) yield { idKey, bytes, doc };
    turn.check();
  }
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
      this.#project = compileProjection(projection, filter);
    if (!plan.sorted) this.#sorter = compileSorter(sort);
  }

  next(limit: number, bytes: number, deadline: number | undefined): Batch {
    this.turn.start(deadline);
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
    const done =
      wantsMore &&
      (this.#sorter === undefined ? this.#stream(add) : this.#fromSorted(this.#sorter, add));
    return { documents, done };
  }

  #addHeld(add: (document: Uint8Array) => boolean): boolean {
    if (this.#held === undefined) return true;
    const held = this.#held;
    this.#held = undefined;
    return add(held);
  }

  /** Gives true when there is nothing more. */
  #stream(add: (document: Uint8Array) => boolean): boolean {
    const { skip, limit, filter } = this.query;
    if (this.#finished()) return true;
    for (const match of matches(this.scan, filter, this.turn)) {
      if (this.#skipped < skip) {
        this.#skipped += 1;
        continue;
      }
      this.#given += 1;
      const more = add(this.#shaped(match));
      if (limit > 0 && this.#given >= limit) return this.#held === undefined;
      if (!more) return false;
    }
    return true;
  }

  #finished(): boolean {
    const { limit } = this.query;
    return this.scan.done || (limit > 0 && this.#given >= limit);
  }

  #shaped(match: Match): Uint8Array {
    return this.#project === undefined ? match.bytes : serializeDoc(this.#project(match.doc()));
  }

  #fromSorted(sorter: Sorter, add: (document: Uint8Array) => boolean): boolean {
    this.#sorted ??= this.#sort(sorter);
    while (this.#at < this.#sorted.length) {
      const bytes = this.#sorted[this.#at];
      this.#at += 1;
      if (bytes === undefined) break;
      const shaped =
        this.#project === undefined ? bytes : serializeDoc(this.#project(parseDoc(bytes)));
      if (!add(shaped)) return this.#at >= this.#sorted.length && this.#held === undefined;
    }
    return true;
  }

  #sort(sorter: Sorter): Buffer[] {
    const { filter, skip, limit } = this.query;
    const wanted = limit > 0 ? skip + limit : Infinity;
    let kept: { key: Value[]; bytes: Buffer }[] = [];
    let memory = 0;
    const trim = (): void => {
      kept.sort((a, b) => sorter.compare(a.key, b.key));
      kept = kept.slice(0, wanted);
      memory = kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
    };
    for (const match of matches(this.scan, filter, this.turn)) {
      kept.push({ key: sorter.key(match.doc()), bytes: match.bytes });
      memory += match.bytes.length;
      if (kept.length >= wanted * 2 + 1_000) trim();
      if (memory > sortMemoryBytes) trim();
      if (memory > sortMemoryBytes)
        throw mongoError(
          292,
          `Executor error during find command :: caused by :: Sort exceeded memory limit of ${sortMemoryBytes} bytes, ` +
            `but did not opt in to external sorting.`,
        );
    }
    trim();
    return kept.slice(skip).map(({ bytes }) => bytes);
  }

  close(): void {
    this.#sorted = undefined;
  }
}
