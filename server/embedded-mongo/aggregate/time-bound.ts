import { MongoError } from "../mongo-error.js";

/** How long the expressions of one document may compute in the thread that serves everybody. */
const boundMs = 25;

/** When expressions in this thread must have ended, in `performance.now()` terms. */
let end = Infinity;

/** Expressions computed for longer than the thread that serves everybody can afford: to the client, code 50. */
export class ExpressionsTooSlow extends MongoError {
  constructor() {
    super(
      50,
      "MaxTimeMSExpired",
      `operation exceeded time limit: expressions of a write may compute for ${boundMs} ms for one document`,
    );
  }
}

/** Does work whose expressions must end soon; throws ExpressionsTooSlow where they do not. */
export function boundExpressions<T>(work: () => T): T {
  const before = end;
  end = Math.min(before, performance.now() + boundMs);
  try {
    return work();
  } finally {
    end = before;
  }
}

/** Asked by every operator before it computes. */
export function checkBound(): void {
  if (end !== Infinity && performance.now() > end) throw new ExpressionsTooSlow();
}
