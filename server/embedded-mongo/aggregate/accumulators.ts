import { Double, Int32 } from "bson";
import { compareValues } from "../bson/compare.js";
import { toDouble } from "../bson/decimal.js";
import { isNumber, type Doc, type Value } from "../bson/value.js";
import { equalityKey } from "../index-keys/encode-key.js";
import { mongoError } from "../mongo-error.js";
import { compileSorter, type Sorter } from "../query/sort.js";
import type { CompileOperand, Env, Expression, OperatorTable, Scope } from "./expression.js";
import { countOf } from "./operators/arrays.js";
import { mergeObjects } from "./operators/objects.js";
import { compileNamed, isNullish, strict } from "./operators/operands.js";
import { NumberSum } from "./sum-numbers.js";

/** Gathers one field of one group. */
export interface Accumulator {
  /** Gives the value if the accumulator keeps it, so that its memory is counted. */
  add(env: Env): Value | undefined;
  result(): Value;
}

type MakeAccumulator = () => Accumulator;

/** Compiles `{ $operator: operand }` of `$group`. Throws 15952 for an unknown accumulator. */
export function compileAccumulator(
  name: string,
  operand: Value,
  scope: Scope,
  compile: CompileOperand,
): MakeAccumulator {
  switch (name) {
    case "$sum":
    case "$avg":
    case "$min":
    case "$max":
    case "$first":
    case "$last":
    case "$push":
    case "$addToSet":
    case "$mergeObjects":
    case "$stdDevPop":
    case "$stdDevSamp": {
      const expression = compile(operand, scope);
      return () => collect(simple[name](), expression);
    }
    case "$count":
      if (!(operand instanceof Map) || operand.size > 0)
        throw mongoError(2, "$count takes no arguments, i.e. $count:{}");
      return () => collect(simple.$sum(), () => new Int32(1));
    case "$firstN":
    case "$lastN":
    case "$minN":
    case "$maxN":
      return compileSome(name, operand, scope, compile);
    case "$top":
    case "$bottom":
    case "$topN":
    case "$bottomN":
      return compileTop(name, operand, scope, compile);
    case "$accumulator":
    case "$percentile":
    case "$median":
      throw mongoError(238, `${name} is not supported by this server`);
    default:
      throw mongoError(15952, `unknown group operator '${name}'`);
  }
}

/** What takes one value after another. */
interface Fold {
  add(value: Value | undefined): void;
  result(): Value;
  /** Holds on to every value that it is given. */
  readonly keepsAll?: true;
}

function collect(fold: Fold, expression: Expression): Accumulator {
  return {
    add: (env) => {
      const value = expression(env);
      fold.add(value);
      return fold.keepsAll === true ? value : undefined;
    },
    result: () => fold.result(),
  };
}

function extreme(wanted: 1 | -1): Fold {
  let best: Value | undefined;
  return {
    add: (value) => {
      if (isNullish(value)) return;
      if (best === undefined || Math.sign(compareValues(value, best)) === wanted) best = value;
    },
    result: () => best ?? null,
  };
}

function sum(): Fold {
  const total = new NumberSum();
  return {
    add: (value) => {
      if (isNumber(value)) total.add(value);
    },
    result: () => total.total(),
  };
}

function average(): Fold {
  const total = new NumberSum();
  return {
    add: (value) => {
      if (isNumber(value)) total.add(value);
    },
    result: () => total.average() ?? null,
  };
}

/** Welford's method, as MongoDB computes it. */
function deviation(sample: boolean): Fold {
  let count = 0;
  let mean = 0;
  let squares = 0;
  return {
    add: (value) => {
      if (!isNumber(value)) return;
      const number = toDouble(value);
      count++;
      const delta = number - mean;
      mean += delta / count;
      squares += delta * (number - mean);
    },
    result: () => {
      const divisor = sample ? count - 1 : count;
      return divisor <= 0 ? null : new Double(Math.sqrt(squares / divisor));
    },
  };
}

const simple = {
  $sum: sum,
  $avg: average,
  $min: () => extreme(-1),
  $max: () => extreme(1),
  $stdDevPop: () => deviation(false),
  $stdDevSamp: () => deviation(true),
  $first: (): Fold => {
    let first: Value | undefined;
    let seen = false;
    return {
      add: (value) => {
        if (!seen) first = value;
        seen = true;
      },
      result: () => first ?? null,
    };
  },
  $last: (): Fold => {
    let last: Value | undefined;
    return { add: (value) => (last = value), result: () => last ?? null };
  },
  $push: (): Fold => {
    const values: Value[] = [];
    return {
      add: (value) => {
        if (value !== undefined) values.push(value);
      },
      result: () => values,
      keepsAll: true,
    };
  },
  $addToSet: (): Fold => {
    const values = new Map<string, Value>();
    return {
      add: (value) => {
        if (value === undefined) return;
        const key = equalityKey(value);
        if (!values.has(key)) values.set(key, value);
      },
      result: () => [...values.values()],
      keepsAll: true,
    };
  },
  $mergeObjects: (): Fold => {
    let merged: Doc = new Map();
    return {
      add: (value) => {
        merged = mergeObjects([merged, value]);
      },
      result: () => merged,
    };
  },
} as const;

const rootless: Env = { root: new Map(), frame: undefined, now: new Date(0) };

function compileSome(
  name: "$firstN" | "$lastN" | "$minN" | "$maxN",
  operand: Value,
  scope: Scope,
  compile: CompileOperand,
): MakeAccumulator {
  const fields = compileNamed(name, operand, ["n", "input"], []);
  const n = countOf(name, compile(fields.get("n") ?? null, scope)(rootless));
  const input = compile(fields.get("input") ?? null, scope);
  return () => {
    const values: Value[] = [];
    return {
      add: (env) => {
        const value = input(env);
        if (name === "$firstN" || name === "$lastN") {
          if (name === "$firstN" && values.length >= n) return undefined;
          values.push(value ?? null);
          if (values.length > n) values.shift();
        } else if (!isNullish(value)) values.push(value);
        return value;
      },
      result: () => {
        if (name === "$firstN" || name === "$lastN") return values;
        const sorted = values.sort(compareValues);
        return (name === "$minN" ? sorted : sorted.reverse()).slice(0, n);
      },
    };
  };
}

function compileTop(
  name: "$top" | "$bottom" | "$topN" | "$bottomN",
  operand: Value,
  scope: Scope,
  compile: CompileOperand,
): MakeAccumulator {
  const many = name.endsWith("N");
  const fields = compileNamed(
    name,
    operand,
    many ? ["n", "sortBy", "output"] : ["sortBy", "output"],
    [],
  );
  const sortBy = fields.get("sortBy");
  if (!(sortBy instanceof Map))
    throw mongoError(10065, `${name} requires 'sortBy' to be an object`);
  const sorter: Sorter = compileSorter(sortBy);
  const n = many ? countOf(name, compile(fields.get("n") ?? null, scope)(rootless)) : 1;
  const output = compile(fields.get("output") ?? null, scope);
  return () => {
    const entries: { key: Value[]; value: Value }[] = [];
    return {
      add: (env) => {
        const value = output(env) ?? null;
        entries.push({ key: sorter.key(env.root), value });
        return value;
      },
      result: () => {
        entries.sort((a, b) => sorter.compare(a.key, b.key));
        const values = entries.map(({ value }) => value);
        const picked = name.startsWith("$top") ? values.slice(0, n) : values.slice(-n);
        return many ? picked : (picked[0] ?? null);
      },
    };
  };
}

/** The accumulators that are expressions too: over the operands, or the items of a single array. */
function overOperands(name: keyof typeof simple) {
  return strict(name, 0, Infinity, (values) => {
    const [only] = values;
    const fold = simple[name]();
    for (const value of values.length === 1 && Array.isArray(only) ? only : values) fold.add(value);
    return fold.result();
  });
}

export const accumulatorOperators: OperatorTable = {
  $sum: overOperands("$sum"),
  $avg: overOperands("$avg"),
  $min: overOperands("$min"),
  $max: overOperands("$max"),
  $stdDevPop: overOperands("$stdDevPop"),
  $stdDevSamp: overOperands("$stdDevSamp"),
};
