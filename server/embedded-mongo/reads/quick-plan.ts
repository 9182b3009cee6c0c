import type { Plan } from "../planner/plan.js";
import { planQuery, type Query } from "../planner/query.js";
import { TooSlow, type Turn } from "../planner/turn.js";
import type { ReadContext } from "./read-request.js";

/** Up to here a collection is looked through by whoever asks. */
const smallCollection = 1_000;
const smallBytes = 1024 * 1024;
/** Up to here counting index entries takes no time worth mentioning. */
const quickCount = 100_000;

/** The plan, if this thread may follow it. `wholly`: everything it leads to is read at once. */
export function quickPlan(context: ReadContext, query: Query, turn: Turn, wholly = false): Plan {
  const plan = planQuery(context.space, query);
  if (!turn.limited) return plan;
  if (query.computes) throw new TooSlow();
  const { count, bytes } = context.size(query.collection);
  const small = count <= smallCollection && bytes <= smallBytes;
  if (!small && !plan.bounded && !(plan.exact && plan.sorted && !wholly)) throw new TooSlow();
  if (wholly && count > quickCount) throw new TooSlow();
  return plan;
}
