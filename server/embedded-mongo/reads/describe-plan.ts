import { docOf } from "../bson/from-js.js";
import { int } from "../bson/plain-number.js";
import type { Doc, Value } from "../bson/value.js";
import { indexName, type IndexPlan, type Plan } from "../planner/plan.js";
import type { Query } from "../planner/query.js";
import { sortMemoryBytes } from "../planner/sorted-top.js";

/** A plan in mongod's words, outermost stage first. */
export function describePlan(query: Query, plan: Plan): Doc {
  let stage: Doc =
    plan.kind === "union"
      ? docOf({ stage: "OR", inputStages: plan.branches.map((branch) => access(branch)) })
      : access(plan);
  if (plan.kind === "union" || plan.index !== undefined || plan.bounded)
    stage = docOf({
      stage: "FETCH",
      ...(plan.exact ? {} : { filter: "matched again" }),
      inputStage: stage,
    });
  if (!plan.sorted)
    stage = docOf({
      stage: "SORT",
      sortPattern: query.sort,
      memLimit: int(sortMemoryBytes),
      inputStage: stage,
    });
  if (query.skip > 0)
    stage = docOf({ stage: "SKIP", skipAmount: int(query.skip), inputStage: stage });
  if (query.limit > 0)
    stage = docOf({ stage: "LIMIT", limitAmount: int(query.limit), inputStage: stage });
  if (query.projection !== undefined && query.projection.size > 0)
    stage = docOf({
      stage: "PROJECTION_DEFAULT",
      transformBy: query.projection,
      inputStage: stage,
    });
  return stage;
}

function access(plan: IndexPlan): Doc {
  const direction = plan.reverse ? "backward" : "forward";
  if (plan.index === undefined && !plan.bounded) return docOf({ stage: "COLLSCAN", direction });
  const key: Value = plan.index?.definition.get("key") ?? docOf({ _id: 1 });
  return docOf({
    stage: "IXSCAN",
    keyPattern: key,
    indexName: indexName(plan),
    isMultiKey: plan.index?.multikey ?? false,
    isUnique: plan.index?.spec.unique ?? true,
    isSparse: plan.index?.spec.sparse ?? false,
    isPartial: plan.index?.spec.partial !== undefined,
    direction,
    ranges: int(plan.ranges.length),
  });
}
