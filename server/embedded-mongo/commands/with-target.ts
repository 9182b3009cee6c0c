import { boundExpressions } from "../aggregate/time-bound.js";
import { parseDoc } from "../bson/parse-bson.js";
import { int } from "../bson/plain-number.js";
import type { Doc, Value } from "../bson/value.js";
import { MongoError } from "../mongo-error.js";
import type { Match, Query } from "../planner/query.js";
import { nextTurn, timeLimitError, TooSlow, Turn } from "../planner/turn.js";
import { firstMatch, quickMatches, stillMatches } from "../planner/write-targets.js";
import { quickPlan } from "../reads/quick-plan.js";
import type { ReadContext } from "../reads/read-request.js";
import { idKeyOf } from "../storage/documents.js";
import type { Arguments } from "./arguments.js";
import type { ServerContext } from "./command.js";
import { writeQuery } from "./write-query.js";

/** What a statement of a write is for. */
export interface Target {
  readonly namespace: string;
  /** With the filter as `q`. */
  readonly args: Arguments;
  /** So long a filter that it is not planned in the serving thread. */
  readonly large: boolean;
  readonly deadline: number | undefined;
}

/** What a write does with the document it found, inside the unit; no match: neither query nor match need be there. */
export type Act<T> = (query: Query | undefined, match: Match | undefined) => T;

/** How much of the serving thread's time the search inside a unit may take. */
const budgetMs = 5;
/** How long one unit looks at what was written during a search outside. */
const catchUpMs = 5;
/** How long a search for the sake of a write may take where the client sets no maxTimeMS. */
const searchMs = 10 * 60_000;
/** How many `_id` keys are taken over from a search at a time. */
const keysAtOnce = 2_000;
/** The code of a read that was given up because another one had to be ended with its thread. */
const cursorKilled = 237;

/**
 * Inside a unit: finds the one document that a write is for and acts on it. Undefined where no index leads
 * to it quickly; nothing was done then.
 */
export function actQuickly<T>(
  context: ServerContext,
  target: Target,
  act: Act<T>,
): { value: T } | undefined {
  const { store } = context;
  const before = store.documents.writes;
  try {
    return quickly(context, target, (query, turn, reads) =>
      act(query, query && firstMatch(store, query, quickPlan(reads, query, turn), turn)),
    );
  } catch (error) {
    // a refusal that came after a write would be half a write: it must undo the transaction
    if (store.documents.writes === before || !(error instanceof MongoError)) throw error;
    throw new Error(error.message, { cause: error });
  }
}

/** The same for all documents that match, if they are few: gathered before anything is changed. */
export function actOnFewQuickly<T>(
  context: ServerContext,
  target: Target,
  act: (query: Query | undefined, matches: readonly Match[]) => T,
): { value: T } | undefined {
  return quickly(context, target, (query, turn, reads) =>
    act(
      query,
      query === undefined
        ? []
        : quickMatches(context.store, query, quickPlan(reads, query, turn, true), turn),
    ),
  );
}

function quickly<T>(
  context: ServerContext,
  { namespace, args, large, deadline }: Target,
  work: (query: Query | undefined, turn: Turn, reads: ReadContext) => T,
): { value: T } | undefined {
  if (large) return undefined;
  const { store } = context;
  const reads = {
    space: store.space,
    find: (name: string) => store.catalog.find(name),
    size: (collection: Query["collection"]) => store.catalog.size(collection),
  };
  const turn = new Turn(budgetMs);
  turn.start(deadline);
  try {
    return boundExpressions(() => ({
      value: work(writeQuery(context, namespace, args), turn, reads),
    }));
  } catch (error) {
    if (error instanceof TooSlow) return undefined;
    throw error;
  }
}

/**
 * Where no index leads to the document: the slow reader searches, and a unit acts if what was found still
 * matches. Where nothing was found, what was written meanwhile is looked at, a bit in each unit, until
 * nothing is left; so a busy collection is never searched in the thread that serves everybody.
 * `frees`: the act deletes.
 */
export async function actSlowly<T>(
  context: ServerContext,
  target: Target,
  act: Act<T>,
  frees = false,
): Promise<T> {
  const { store } = context;
  const { namespace, args, deadline } = target;
  const unit = <R>(work: () => R): Promise<R> => store.write(() => boundExpressions(work), frees);
  for (;;) {
    const searched = store.catalog.find(namespace);
    const watch = searched && store.documents.watch(searched);
    try {
      const found = await searchOutside(context, target);
      let looked = 0;
      let done: { value: T } | { next: number } | undefined;
      do {
        if (deadline !== undefined && performance.now() > deadline) throw timeLimitError();
        const from: number = looked;
        done = await unit(() => {
          const query = writeQuery(context, namespace, args);
          if (query === undefined) return { value: act(undefined, undefined) };
          if (query.collection.table !== searched?.table || watch === undefined) return undefined;
          if (found !== undefined) {
            const match = stillMatches(store, query, found);
            return match && { value: act(query, match) };
          }
          const late = missed(context, query, watch.keys, from);
          return late.next < watch.keys.length ? late : { value: act(query, late.match) };
        });
        if (done !== undefined && "next" in done) looked = done.next;
      } while (done !== undefined && "next" in done);
      if (done !== undefined) return done.value;
    } finally {
      watch?.end();
    }
  }
}

/** Looks at what was written since the search began, for a while; `next`: where it is to go on. */
function missed(
  { store }: ServerContext,
  query: Query,
  keys: readonly Buffer[],
  from: number,
): { match?: Match; next: number } {
  const until = performance.now() + catchUpMs;
  for (let next = from; next < keys.length; next++) {
    const key = keys[next];
    const match = key && stillMatches(store, query, key);
    if (match !== undefined) return { match, next: keys.length };
    if (performance.now() > until) return { next: next + 1 };
  }
  return { next: keys.length };
}

/** Finds the one document that a write is for and acts on it in the same transaction. `frees`: it deletes. */
export async function withTarget<T>(
  context: ServerContext,
  target: Target,
  act: Act<T>,
  frees = false,
): Promise<T> {
  const quick = await context.store.write(() => actQuickly(context, target, act), frees);
  return quick === undefined ? actSlowly(context, target, act, frees) : quick.value;
}

/** The `_id` key of the document that is found first. */
async function searchOutside(context: ServerContext, target: Target): Promise<Buffer | undefined> {
  const [first] = await keysOutside(context, target, searchBody(target, ["sort"], 1));
  return first;
}

/**
 * The `_id` keys of all matches, gathered before anything is changed, so that no document is met twice.
 * Other work goes on meanwhile: a writer must match again.
 */
export async function allKeys(context: ServerContext, target: Target): Promise<Buffer[]> {
  const body = searchBody(target, [], 0);
  for (;;)
    try {
      return await keysOutside(context, target, body);
    } catch (error) {
      if (!(error instanceof MongoError) || error.code !== cursorKilled) throw error;
    }
}

function searchBody({ args }: Target, fields: readonly string[], limit: number): Doc {
  const body: Doc = new Map<string, Value>([
    ["limit", int(limit)],
    ["projection", new Map([["_id", int(1)]])],
  ]);
  const filter = args.doc("q");
  if (filter !== undefined) body.set("filter", filter);
  for (const field of ["hint", "let", ...fields]) {
    const value = args.raw(field);
    if (value !== undefined) body.set(field, value);
  }
  return body;
}

async function keysOutside(
  context: ServerContext,
  { namespace, large, deadline = performance.now() + searchMs }: Target,
  body: Doc,
): Promise<Buffer[]> {
  const database = namespace.slice(0, namespace.indexOf("."));
  const source = context.read({ kind: "find", database, namespace, body, large });
  const keys: Buffer[] = [];
  try {
    for (;;) {
      const batch = await source.next(keysAtOnce, Infinity, deadline);
      for (const bytes of batch.documents) keys.push(idKeyOf(parseDoc(bytes).get("_id") ?? null));
      if (batch.done) return keys;
      await nextTurn();
    }
  } finally {
    source.close();
  }
}
