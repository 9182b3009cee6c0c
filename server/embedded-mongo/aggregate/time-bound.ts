import { MongoError } from "../mongo-error.js";

/** How long the expressions of one document may compute in the thread that serves everybody. */
const boundMs = 25;
/**
 * The bound comes in two halves, the second one counted from where the first was found to be over: a thread
 * that the machine did not run for a while loses one half by that, and nobody is refused.
 */
const halfMs = boundMs / 2;

/** When the half that runs is over, in `performance.now()` terms. */
let end = Infinity;
let halves = 0;

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
  if (before === Infinity) {
    end = performance.now() + halfMs;
    halves = 0;
  }
  try {
    return work();
  } finally {
    end = before;
  }
}

/** Asked by every operator before it computes. */
export function checkBound(): void {
  if (end === Infinity) return;
  const now = performance.now();
  if (now <= end) return;
  halves += 1;
  if (halves === 2) throw new ExpressionsTooSlow();
  end = now + halfMs;
}
