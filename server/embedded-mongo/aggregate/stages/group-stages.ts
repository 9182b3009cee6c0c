import { Int32, Long } from "bson";
import { compareValues, equalValues, orderOf } from "../../bson/compare.js";
import type { Doc, Value } from "../../bson/value.js";
import { equalityKey } from "../../index-keys/encode-key.js";
import { mongoError } from "../../mongo-error.js";
import { wholeNumber } from "../../query/value-tests.js";
import { compileAccumulator, type Accumulator } from "../accumulators.js";
import { compileExpression } from "../compile-expression.js";
import type { Env, Expression } from "../expression.js";
import { MemoryMeter } from "../memory-meter.js";
import type { PipelineContext, Stage, StageCompiler } from "../pipeline-context.js";
import { sortStage } from "./order-stages.js";

/** Stages that make groups. */

interface Field {
  readonly name: string;
  readonly make: () => Accumulator;
}

function compileFields(spec: Doc, context: PipelineContext): Field[] {
  const fields: Field[] = [];
  for (const [name, value] of spec) {
    if (name === "_id") continue;
    if (name.includes(".")) throw mongoError(40235, `The field name '${name}' cannot contain '.'`);
    if (name.startsWith("$"))
      throw mongoError(40236, `The field name '${name}' cannot be an operator name`);
    if (!(value instanceof Map))
      throw mongoError(40234, `The field '${name}' must be an accumulator object`);
    const [operator, ...others] = value.keys();
    if (operator === undefined || others.length > 0)
      throw mongoError(40238, `The field '${name}' must specify one accumulator`);
    const operand = value.get(operator) ?? null;
    fields.push({
      name,
      make: compileAccumulator(operator, operand, context.variables.scope, compileExpression),
    });
  }
  return fields;
}

interface Group {
  readonly id: Value;
  readonly accumulators: Accumulator[];
}

/** Groups in memory, in the order in which they came up. */
class Groups {
  private readonly groups = new Map<string, Group>();
  private readonly meter: MemoryMeter;

  constructor(
    private readonly fields: readonly Field[],
    context: PipelineContext,
  ) {
    this.meter = new MemoryMeter("$group", context.memoryLimit);
  }

  add(id: Value, env: Env): void {
    const key = equalityKey(id);
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { id, accumulators: this.fields.map(({ make }) => make()) };
      this.groups.set(key, group);
      this.meter.add(id);
    }
    for (const accumulator of group.accumulators) {
      const kept = accumulator.add(env);
      if (kept !== undefined) this.meter.add(kept);
    }
  }

  *docs(): Generator<Doc> {
    for (const { id, accumulators } of this.groups.values()) {
      const doc: Doc = new Map([["_id", id]]);
      this.fields.forEach(({ name }, i) => doc.set(name, accumulators[i]?.result() ?? null));
      yield doc;
    }
  }
}

export const compileGroup: StageCompiler = (operand, context) => {
  if (!(operand instanceof Map))
    throw mongoError(15947, "a group's fields must be specified in an object");
  const idSpec = operand.get("_id");
  if (idSpec === undefined) throw mongoError(15955, "a group specification must include an _id");
  const id = compileExpression(idSpec, context.variables.scope);
  return groupStage(id, compileFields(operand, context), context);
};

function groupStage(id: Expression, fields: readonly Field[], context: PipelineContext): Stage {
  const { frame, now } = context.variables;
  return async function* (input) {
    const groups = new Groups(fields, context);
    for await (const root of input) {
      const env: Env = { root, frame, now };
      groups.add(id(env) ?? null, env);
    }
    yield* groups.docs();
  };
}

export const compileCount: StageCompiler = (operand) => {
  if (typeof operand !== "string" || operand === "" || /[.\0]|^\$/.test(operand))
    throw mongoError(
      40156,
      "the count field must be a non-empty string without '$' at its start or '.' in it",
    );
  return async function* (input) {
    let count = 0;
    const docs = input[Symbol.asyncIterator]();
    while ((await docs.next()).done !== true) count++;
    if (count > 0) yield new Map([[operand, countValue(count)]]);
  };
};

function countValue(count: number): Int32 | Long {
  return count <= 0x7fff_ffff ? new Int32(count) : Long.fromNumber(count);
}

export const compileSortByCount: StageCompiler = (operand, context) => {
  const id = compileExpression(operand, context.variables.scope);
  const count: Doc = new Map([["$sum", new Int32(1)]]);
  const fields = compileFields(new Map([["count", count]]), context);
  const group = groupStage(id, fields, context);
  const sort = sortStage(new Map([["count", new Int32(-1)]]), Infinity, context.memoryLimit);
  return (input) => sort(group(input));
};

const defaultOutput: Doc = new Map([["count", new Map([["$sum", new Int32(1)]])]]);

function outputFields(spec: Doc, context: PipelineContext): Field[] {
  const output = spec.get("output");
  return compileFields(output instanceof Map ? output : defaultOutput, context);
}

export const compileBucket: StageCompiler = (operand, context) => {
  if (!(operand instanceof Map))
    throw mongoError(40201, "Argument to $bucket stage must be an object");
  const { scope, frame, now } = context.variables;
  const groupBy = operand.get("groupBy");
  const bounds = operand.get("boundaries");
  if (groupBy === undefined || !Array.isArray(bounds))
    throw mongoError(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified.");
  if (bounds.length < 2)
    throw mongoError(40192, "The $bucket 'boundaries' field must have at least 2 values");
  bounds.forEach((bound, i) => {
    const before = bounds[i - 1];
    if (before === undefined) return;
    if (orderOf(before) !== orderOf(bound))
      throw mongoError(
        40193,
        "All values in the 'boundaries' option to $bucket must have the same type",
      );
    if (compareValues(before, bound) >= 0)
      throw mongoError(40194, "The 'boundaries' option to $bucket must be sorted");
  });
  const fallback = operand.get("default");
  const id = compileExpression(groupBy, scope);
  const fields = outputFields(operand, context);
  const sort = sortStage(new Map([["_id", new Int32(1)]]), Infinity, context.memoryLimit);
  const group: Stage = async function* (input) {
    const groups = new Groups(fields, context);
    for await (const root of input) {
      const env: Env = { root, frame, now };
      const bucket = bucketOf(id(env) ?? null, bounds) ?? fallback;
      if (bucket === undefined)
        throw mongoError(
          40066,
          "$switch could not find a matching branch for an input, and no default was specified.",
        );
      groups.add(bucket, env);
    }
    yield* groups.docs();
  };
  return (input) => sort(group(input));
};

function bucketOf(value: Value, bounds: readonly Value[]): Value | undefined {
  for (let i = 0; i + 1 < bounds.length; i++) {
    const from: Value = bounds[i] ?? null;
    const to: Value = bounds[i + 1] ?? null;
    if (compareValues(value, from) >= 0 && compareValues(value, to) < 0) return from;
  }
  return undefined;
}

export const compileBucketAuto: StageCompiler = (operand, context) => {
  if (!(operand instanceof Map))
    throw mongoError(40240, "The argument to $bucketAuto must be an object");
  if (operand.has("granularity"))
    throw mongoError(238, "$bucketAuto with granularity is not supported by this server");
  const groupBy = operand.get("groupBy");
  if (groupBy === undefined || !operand.has("buckets"))
    throw mongoError(40246, "$bucketAuto requires 'groupBy' and 'buckets' to be specified");
  const count = Number(
    wholeNumber(operand.get("buckets"), () =>
      mongoError(
        40242,
        "The $bucketAuto 'buckets' field must be representable as a 32-bit integer",
      ),
    ),
  );
  if (count <= 0) throw mongoError(40243, "The $bucketAuto 'buckets' field must be greater than 0");
  const { scope, frame, now } = context.variables;
  const id = compileExpression(groupBy, scope);
  const fields = outputFields(operand, context);
  return async function* (input) {
    const meter = new MemoryMeter("$bucketAuto", context.memoryLimit);
    const entries: { value: Value; env: Env }[] = [];
    for await (const root of input) {
      meter.add(root);
      const env: Env = { root, frame, now };
      entries.push({ value: id(env) ?? null, env });
    }
    entries.sort((a, b) => compareValues(a.value, b.value));
    yield* autoBuckets(entries, count, fields);
  };
};

/** Buckets of about the same size; equal values stay together. */
function* autoBuckets(
  entries: readonly { value: Value; env: Env }[],
  count: number,
  fields: readonly Field[],
): Generator<Doc> {
  const size = Math.max(1, Math.round(entries.length / count));
  let at = 0;
  while (at < entries.length) {
    const first = entries[at];
    if (first === undefined) return;
    let end = Math.min(entries.length, at + size);
    const last = entries[end - 1];
    while (end < entries.length && equalValues(entries[end]?.value ?? null, last?.value ?? null))
      end++;
    const accumulators = fields.map(({ make }) => make());
    for (const { env } of entries.slice(at, end)) for (const one of accumulators) one.add(env);
    const max = entries[end]?.value ?? entries[end - 1]?.value ?? null;
    const doc: Doc = new Map([
      [
        "_id",
        new Map([
          ["min", first.value],
          ["max", max],
        ]),
      ],
    ]);
    fields.forEach(({ name }, i) => doc.set(name, accumulators[i]?.result() ?? null));
    yield doc;
    at = end;
  }
}
