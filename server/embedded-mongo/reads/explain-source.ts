import { docOf } from "../bson/from-js.js";
import { int } from "../bson/plain-number.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { Doc } from "../bson/value.js";
import { noFields } from "../commands/arguments.js";
import type { Batch, DocumentSource } from "../cursors/cursor-registry.js";
import type { Plan } from "../planner/plan.js";
import { planQuery, QuerySource, type Query } from "../planner/query.js";
import type { ScanCounts } from "../planner/scan.js";
import type { Turn } from "../planner/turn.js";
import { describePlan } from "./describe-plan.js";
import { quickPlan } from "./quick-plan.js";
import type { ReadContext } from "./read-request.js";

/** What is explained: the query at the front of a command, and what comes behind it. */
export interface Explained {
  readonly namespace: string;
  /** Undefined where there is no collection. */
  readonly query: Query | undefined;
  /** Stages of a pipeline that are no query; what they read and give is not counted. */
  readonly rest: readonly Doc[];
  /** Also run the query and count, instead of planning it only. */
  readonly executes: boolean;
}

/**
 * Gives one document, the explanation without what the server says of itself. With `executes` it runs as
 * long as the query itself and belongs where that does: throws TooSlow where the turn has a budget.
 */
export class ExplainSource implements DocumentSource {
  readonly #plan: Plan | undefined;

  constructor(
    private readonly context: ReadContext,
    private readonly explained: Explained,
    private readonly turn: Turn,
  ) {
    const { query, executes } = explained;
    if (query !== undefined)
      this.#plan = executes ? quickPlan(context, query, turn) : planQuery(context.space, query);
  }

  async next(_limit: number, _bytes: number, deadline: number | undefined): Promise<Batch> {
    const { executes, rest } = this.explained;
    const parts = docOf({
      queryPlanner: this.#planner(),
      ...(executes ? { executionStats: await this.#execute(deadline) } : {}),
    });
    const whole: Doc = new Map([["explainVersion", "1"]]);
    if (rest.length > 0) whole.set("stages", [docOf({ $cursor: parts }), ...rest]);
    else for (const [name, value] of parts) whole.set(name, value);
    return { documents: [serializeDoc(whole)], done: true };
  }

  #planner(): Doc {
    const { namespace, query } = this.explained;
    return docOf({
      namespace,
      indexFilterSet: false,
      parsedQuery: noFields,
      maxIndexedOrSolutionsReached: false,
      winningPlan:
        query === undefined || this.#plan === undefined
          ? { stage: "EOF" }
          : describePlan(query, this.#plan),
      rejectedPlans: [],
    });
  }

  async #execute(deadline: number | undefined): Promise<Doc> {
    const { query } = this.explained;
    if (query === undefined) return execution({ keys: 0, documents: 0 }, 0, 0);
    const started = performance.now();
    const source = new QuerySource(this.context.space, query, this.turn, this.#plan);
    const returned = await source.countAll(deadline);
    return execution(source.scan.counts, returned, performance.now() - started);
  }

  close(): void {
    // nothing is held
  }
}

function execution(counts: ScanCounts, returned: number, milliseconds: number): Doc {
  return docOf({
    executionSuccess: true,
    nReturned: int(returned),
    executionTimeMillis: int(Math.round(milliseconds)),
    totalKeysExamined: int(counts.keys),
    totalDocsExamined: int(counts.documents),
  });
}
