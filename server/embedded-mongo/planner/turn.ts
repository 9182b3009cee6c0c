import { mongoError } from "../mongo-error.js";

/** How many documents are read between two looks at the clock. */
const stride = 64;

/** Watches the time that one slice of a query takes. */
export class Turn {
  #deadline: number | undefined;
  #count = 0;

  start(deadline: number | undefined): void {
    this.#deadline = deadline;
  }

  /** Called for every document read. Throws code 50 when the time is over. */
  check(): void {
    this.#count += 1;
    if (this.#count % stride !== 0 || this.#deadline === undefined) return;
    if (performance.now() > this.#deadline) throw timeLimitError();
  }
}

export function timeLimitError() {
  return mongoError(50, "operation exceeded time limit");
}
