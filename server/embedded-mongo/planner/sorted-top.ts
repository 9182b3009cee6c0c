import type { Doc, Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import type { Sorter } from "../query/sort.js";

/** Memory for a sort that no index gives, as MongoDB has it. */
export const sortMemoryBytes = 100 * 1024 * 1024;
/** What a kept document costs beside its bytes, roughly. */
const overheadBytes = 200;

/** Collects documents and keeps the first so many in sort order, within a bound of memory (code 292). */
export class SortedTop {
  #kept: { readonly key: Value[]; readonly bytes: Buffer }[] = [];
  #memory = 0;

  constructor(
    private readonly sorter: Sorter,
    private readonly wanted: number,
  ) {}

  get size(): number {
    return this.#kept.length;
  }

  add(doc: Doc, bytes: Buffer): void {
    this.#kept.push({ key: this.sorter.key(doc), bytes });
    this.#memory += bytes.length + overheadBytes;
    if (this.#kept.length >= this.wanted * 2 + 1_000 || this.#memory > sortMemoryBytes)
      this.#trim();
    if (this.#memory > sortMemoryBytes)
      throw mongoError(
        292,
        `Executor error during find command :: caused by :: Sort exceeded memory limit of ${sortMemoryBytes} bytes, ` +
          `but did not opt in to external sorting.`,
      );
  }

  #trim(): void {
    this.#kept.sort((a, b) => this.sorter.compare(a.key, b.key));
    this.#kept = this.#kept.slice(0, this.wanted);
    this.#memory = this.#kept.reduce((sum, { bytes }) => sum + bytes.length + overheadBytes, 0);
  }

  sorted(): Buffer[] {
    this.#trim();
    return this.#kept.map(({ bytes }) => bytes);
  }
}
