import { mongoError, type MongoError } from "../mongo-error.js";

/** How many documents are read between two looks at the clock. */
const stride = 16;
/** How long one read holds its thread before others get their turn. */
const sliceMs = 5;

/** Thrown where a read takes longer than its thread can afford: it is begun again in the slow reader. */
export class TooSlow extends Error {}

/** Watches the time that a read takes: its slices, its deadline, and what its thread grants it in all. */
export class Turn {
  #deadline: number | undefined;
  #sliceEnd = 0;
  #spent = 0;
  #sliceStart = 0;
  #count = 0;

  /** `budgetMs`: how much work may be done before `TooSlow` is thrown; without it there is no bound. */
  constructor(private budgetMs?: number) {}

  start(deadline: number | undefined): void {
    this.#deadline = deadline;
    this.resume();
  }

  /** Begins the next slice. */
  resume(): void {
    this.#sliceStart = performance.now();
    this.#sliceEnd = this.#sliceStart + sliceMs;
  }

  /**
   * Called for every document read; true when the slice is over. Throws code 50 after the deadline,
   * TooSlow when the budget is spent.
   */
  over(): boolean {
    this.#count += 1;
    if (this.#count % stride !== 0) return false;
    const now = performance.now();
    if (this.#deadline !== undefined && now > this.#deadline) throw timeLimitError();
    if (now <= this.#sliceEnd) return false;
    this.#spent += now - this.#sliceStart;
    if (this.budgetMs !== undefined && this.#spent > this.budgetMs) throw new TooSlow();
    return true;
  }

  /** The first answer is out: from now on it is too late to begin elsewhere. */
  commit(): void {
    this.budgetMs = undefined;
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** Whether the read may still be begun elsewhere. */
  get limited(): boolean {
    return this.budgetMs !== undefined;
  }
}

export function timeLimitError(): MongoError {
  return mongoError(50, "operation exceeded time limit");
}

/** Runs steps to their end; where they pause, other work of this thread goes on before they continue. */
export function finish<T>(steps: Generator<undefined, T>, turn: Turn): T | Promise<T> {
  const first = steps.next();
  return first.done === true ? first.value : finishLater(steps, turn);
}

async function finishLater<T>(steps: Generator<undefined, T>, turn: Turn): Promise<T> {
  for (;;) {
    await new Promise(setImmediate);
    turn.resume();
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
