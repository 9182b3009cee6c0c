import { mongoError, type MongoError } from "../mongo-error.js";

/** How many documents are read between two looks at the clock. */
const stride = 16;
/** How long one read holds its thread before others get their turn. */
const sliceMs = 5;
/** The same for reads that begin while another one has just held the thread for its whole slice. */
const crowdedSliceMs = 0.5;

/** Reads of this thread that were paused, in the order in which they go on. */
const paused: (() => void)[] = [];
/** In this turn of the event loop a read has used up its slice. */
let crowded = false;

/**
 * Resolves when it is this read's turn: one in each turn of the event loop, so that together they hold
 * the thread no longer than one does.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    paused.push(resolve);
    if (paused.length === 1) setImmediate(goOn);
  });
}

function goOn(): void {
  const resume = paused.shift();
  if (paused.length > 0) setImmediate(goOn);
  resume?.();
}

function noteCrowd(): void {
  if (crowded) return;
  crowded = true;
  setImmediate(() => {
    crowded = false;
  });
}

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
    this.#begin(crowded ? crowdedSliceMs : sliceMs);
  }

  /** Begins the next slice. */
  resume(): void {
    this.#begin(sliceMs);
  }

  #begin(milliseconds: number): void {
    this.#sliceStart = performance.now();
    this.#sliceEnd = this.#sliceStart + milliseconds;
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
    noteCrowd();
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
    await nextTurn();
    turn.resume();
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
