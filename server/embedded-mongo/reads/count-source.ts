import { docOf } from "../bson/from-js.js";
import { int } from "../bson/plain-number.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { Doc } from "../bson/value.js";
import type { Batch, DocumentSource } from "../cursors/cursor-registry.js";
import type { Plan } from "../planner/plan.js";
import { matches, type Query } from "../planner/query.js";
import { Scan } from "../planner/scan.js";
import { finish, type Turn } from "../planner/turn.js";
import type { ReadContext } from "./read-request.js";

/** Gives one document with the count; an index that answers the query alone is only counted. */
export class CountSource implements DocumentSource {
  constructor(
    private readonly context: ReadContext,
    private readonly query: Query,
    private readonly turn: Turn,
    private readonly plan: Plan,
    private readonly shape: (count: number) => Doc | undefined = (count) =>
      docOf({ n: int(count) }),
  ) {}

  next(_limit: number, _bytes: number, deadline: number | undefined): Batch | Promise<Batch> {
    this.turn.start(deadline);
    return finish(this.#steps(), this.turn);
  }

  *#steps(): Generator<undefined, Batch> {
    const { skip, limit } = this.query;
    const enough = limit === 0 ? Infinity : limit + skip;
    const found = yield* this.#count(enough);
    const doc = this.shape(Math.max(Math.min(found, enough) - skip, 0));
    return { documents: doc === undefined ? [] : [serializeDoc(doc)], done: true };
  }

  *#count(enough: number): Generator<undefined, number> {
    const { plan, query, context } = this;
    let found = 0;
    if (plan.kind === "index" && plan.exact) {
      if (!plan.bounded) return context.size(query.collection).count;
      for (const range of plan.ranges) found += context.space.count(range);
      return found;
    }
    for (const match of matches(new Scan(context.space, plan), query.filter, this.turn)) {
      if (match === undefined) yield undefined;
      else found += 1;
      if (found >= enough) break;
    }
    return found;
  }

  close(): void {
    // nothing is held
  }
}
