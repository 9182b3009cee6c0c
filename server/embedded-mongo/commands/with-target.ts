import { parseDoc } from "../bson/parse-bson.js";
import { int } from "../bson/plain-number.js";
import type { Doc } from "../bson/value.js";
import type { Match, Query } from "../planner/query.js";
import { TooSlow, Turn } from "../planner/turn.js";
import { firstMatch, stillMatches } from "../planner/write-targets.js";
import { quickPlan } from "../reads/quick-plan.js";
import { idKeyOf } from "../storage/documents.js";
import type { Arguments } from "./arguments.js";
import type { ServerContext } from "./command.js";
import { writeQuery } from "./write-query.js";

/** What a write does with the document it found, inside the unit; no match: neither query nor match need be there. */
export type Act<T> = (query: Query | undefined, match: Match | undefined) => T;

/** How much of the serving thread's time the search inside a unit may take. */
const budgetMs = 10;
/** How often a search outside is repeated because others changed the collection meanwhile. */
const attempts = 5;

/**
 * Finds the one document that a write is for and acts on it in the same transaction. Where no index leads
 * to it, the slow reader searches first and the unit only makes sure that nothing has changed.
 * `frees`: the act deletes.
 */
export async function withTarget<T>(
  context: ServerContext,
  namespace: string,
  args: Arguments,
  deadline: number | undefined,
  act: Act<T>,
  frees = false,
): Promise<T> {
  const { store } = context;
  const write = <R>(unit: () => R): Promise<R> => (frees ? store.free(unit) : store.write(unit));
  const quick = await write(() => {
    const query = writeQuery(context, namespace, args);
    try {
      return { value: act(query, query && search(context, query, deadline, new Turn(budgetMs))) };
    } catch (error) {
      if (error instanceof TooSlow) return undefined;
      throw error;
    }
  });
  if (quick !== undefined) return quick.value;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = await searchOutside(context, namespace, args, deadline);
    const done = await write(() => {
      const query = writeQuery(context, namespace, args);
      if (query === undefined) return { value: act(undefined, undefined) };
      if (found.id !== undefined) {
        const match = stillMatches(store, query, found.id);
        return match && { value: act(query, match) };
      }
      return store.documents.changes(query.collection) === found.changes
        ? { value: act(query, undefined) }
        : undefined;
    });
    if (done !== undefined) return done.value;
  }
  return write(() => {
    const query = writeQuery(context, namespace, args);
    return act(query, query && search(context, query, deadline, new Turn()));
  });
}

function search(
  context: ServerContext,
  query: Query,
  deadline: number | undefined,
  turn: Turn,
): Match | undefined {
  const { store } = context;
  const reads = {
    space: store.space,
    find: (namespace: string) => store.catalog.find(namespace),
    size: (collection: Query["collection"]) => store.catalog.size(collection),
  };
  turn.start(deadline);
  return firstMatch(store, query, quickPlan(reads, query, turn), turn);
}

async function searchOutside(
  context: ServerContext,
  namespace: string,
  args: Arguments,
  deadline: number | undefined,
): Promise<{ id: Buffer | undefined; changes: number }> {
  const collection = context.store.catalog.find(namespace);
  const changes = collection === undefined ? 0 : context.store.documents.changes(collection);
  const body: Doc = new Map([["limit", int(1)]]);
  for (const [from, to] of [
    ["q", "filter"],
    ["sort", "sort"],
    ["hint", "hint"],
    ["let", "let"],
  ] as const) {
    const value = args.raw(from);
    if (value !== undefined) body.set(to, value);
  }
  const database = namespace.slice(0, namespace.indexOf("."));
  const source = context.read({ kind: "find", database, namespace, body });
  try {
    const { documents } = await source.next(1, Infinity, deadline);
    const [bytes] = documents;
    return { id: bytes && idKeyOf(parseDoc(bytes).get("_id") ?? null), changes };
  } finally {
    source.close();
  }
}
