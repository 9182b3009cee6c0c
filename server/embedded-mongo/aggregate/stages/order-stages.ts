import type { Doc, Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import { compileFilter } from "../../query/compile-filter.js";
import { compileSorter, type Sorter } from "../../query/sort.js";
import { wholeNumber } from "../../query/value-tests.js";
import { expressionOptions } from "../compile-expression.js";
import { MemoryMeter } from "../memory-meter.js";
import type { Stage, StageCompiler } from "../pipeline-context.js";

/** Stages that let documents through, or change their order. */

export const compileMatch: StageCompiler = (operand, { variables }) => {
  if (!(operand instanceof Map))
    throw mongoError(15959, "the match filter must be an expression in an object");
  const filter = compileFilter(operand, expressionOptions(variables));
  return async function* (input) {
    for await (const doc of input) if (filter.matches(doc)) yield doc;
  };
};

function countFrom(name: string, operand: Value, least: bigint): number {
  const bad = () =>
    mongoError(
      name === "$limit" ? 15957 : 15956,
      `invalid argument to ${name} stage: Expected an integer`,
    );
  const count = wholeNumber(operand, bad);
  if (count < least)
    throw name === "$limit"
      ? mongoError(15958, "the limit must be positive")
      : mongoError(
          5107200,
          `invalid argument to ${name} stage: Expected a non-negative number in: ${name}: ${count}`,
        );
  return Number(count);
}

export const compileLimit: StageCompiler = (operand) => {
  const limit = countFrom("$limit", operand, 1n);
  return async function* (input) {
    let left = limit;
    for await (const doc of input) {
      yield doc;
      if (--left === 0) return;
    }
  };
};

export const compileSkip: StageCompiler = (operand) => {
  const skip = countFrom("$skip", operand, 0n);
  return async function* (input) {
    let left = skip;
    for await (const doc of input) if (left-- <= 0) yield doc;
  };
};

interface Keyed {
  readonly doc: Doc;
  readonly key: Value[];
}

/** `$sort`; where a `$limit` follows at once, only as many documents are kept as it lets through. */
export function sortStage(sort: Value, limit: number, memoryLimit: number | undefined): Stage {
  if (!(sort instanceof Map))
    throw mongoError(15973, "the $sort key specification must be an object");
  if (sort.size === 0) throw mongoError(15976, "$sort stage must have at least one sort key");
  const sorter: Sorter = compileSorter(sort);
  const byKey = (a: Keyed, b: Keyed) => sorter.compare(a.key, b.key);
  return async function* (input) {
    const meter = new MemoryMeter("$sort", memoryLimit);
    let kept: Keyed[] = [];
    for await (const doc of input) {
      kept.push({ doc, key: sorter.key(doc) });
      meter.add(doc);
      if (kept.length < limit * 2 + 100) continue;
      kept = kept.sort(byKey).slice(0, limit);
      meter.reset();
      for (const { doc: left } of kept) meter.add(left);
    }
    kept.sort(byKey);
    for (const { doc } of kept.slice(0, limit)) yield doc;
  };
}

export const compileSort: StageCompiler = (operand, { memoryLimit }) =>
  sortStage(operand, Infinity, memoryLimit);

/** The limit that a stage right after a `$sort` sets, for `sortStage`. */
export function limitOf(stage: Doc | undefined): number {
  const operand = stage?.get("$limit");
  return operand === undefined ? Infinity : countFrom("$limit", operand, 1n);
}

/** `$sample`: a random selection of that size, in random order. */
export const compileSample: StageCompiler = (operand) => {
  const given = operand instanceof Map ? operand.get("size") : undefined;
  if (given === undefined) throw mongoError(28749, "$sample stage must specify a size");
  const size = Number(
    wholeNumber(given, () => mongoError(28746, "size argument to $sample must be a number")),
  );
  if (size <= 0) throw mongoError(28747, "size argument to $sample must not be negative");
  return async function* (input) {
    const chosen: Doc[] = [];
    let seen = 0;
    for await (const doc of input) {
      const at = Math.floor(Math.random() * ++seen);
      if (chosen.length < size) {
        chosen.push(chosen[at] ?? doc);
        chosen[at] = doc;
      } else if (at < size) chosen[at] = doc;
    }
    yield* chosen;
  };
};
