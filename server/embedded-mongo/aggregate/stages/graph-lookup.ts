import { Long } from "bson";
import { undefinedValue, type Doc, type Value } from "../../bson/value.js";
import { equalityKey } from "../../index-keys/encode-key.js";
import { mongoError } from "../../mongo-error.js";
import { compileFilter } from "../../query/compile-filter.js";
import { wholeNumber } from "../../query/value-tests.js";
import { compileExpression, expressionOptions } from "../compile-expression.js";
import type { Expression } from "../expression.js";
import { MemoryMeter } from "../memory-meter.js";
import type { Namespace, PipelineContext, StageCompiler } from "../pipeline-context.js";
import { foundAt, joinFilter, parseNamespace, setPath, toStream } from "./join-stages.js";

interface GraphSpec {
  readonly namespace: Namespace;
  readonly startWith: Expression;
  readonly connectFrom: readonly string[];
  readonly connectTo: string;
  readonly as: readonly string[];
  readonly maxDepth: number;
  readonly depthField: readonly string[] | undefined;
  readonly restrict: Doc | undefined;
}

const fields = new Set([
  "from",
  "startWith",
  "connectFromField",
  "connectToField",
  "as",
  "maxDepth",
  "depthField",
  "restrictSearchWithMatch",
]);

function parseGraph(operand: Value, context: PipelineContext): GraphSpec {
  if (!(operand instanceof Map))
    throw mongoError(9, "the $graphLookup stage specification must be an object");
  for (const name of operand.keys())
    if (!fields.has(name)) throw mongoError(40104, `unknown argument to $graphLookup: ${name}`);
  const path = (name: string): string | undefined => {
    const value = operand.get(name);
    if (value === undefined) return undefined;
    if (typeof value !== "string" || value === "" || value.startsWith("$"))
      throw mongoError(40103, `expected string as argument for $graphLookup: ${name}`);
    return value;
  };
  const [from, to, as] = [path("connectFromField"), path("connectToField"), path("as")];
  const start = operand.get("startWith");
  if (start === undefined || from === undefined || to === undefined || as === undefined)
    throw mongoError(
      40105,
      "$graphLookup requires 'from', 'as', 'startWith', 'connectFromField', and 'connectToField' to be specified.",
    );
  const restrict = operand.get("restrictSearchWithMatch");
  if (restrict !== undefined && !(restrict instanceof Map))
    throw mongoError(40185, "restrictSearchWithMatch must be an object");
  if (restrict !== undefined) compileFilter(restrict, expressionOptions(context.variables));
  return {
    namespace: parseNamespace("$graphLookup", operand.get("from"), context.database),
    startWith: compileExpression(start, context.variables.scope),
    connectFrom: from.split("."),
    connectTo: to,
    as: as.split("."),
    maxDepth: parseMaxDepth(operand.get("maxDepth")),
    depthField: path("depthField")?.split("."),
    restrict,
  };
}

function parseMaxDepth(value: Value | undefined): number {
  if (value === undefined) return Infinity;
  const fail = (): Error =>
    mongoError(40100, "maxDepth requires a nonnegative argument that is a whole number");
  const depth = wholeNumber(value, fail);
  if (depth < 0n) throw mongoError(40101, "maxDepth requires a nonnegative argument");
  return Number(depth);
}

/** `$graphLookup`: follows references from document to document, level by level; each is met once. */
export const compileGraphLookup: StageCompiler = (operand, context) => {
  const spec = parseGraph(operand, context);
  const { frame, now } = context.variables;
  return async function* (input) {
    for await (const root of input) {
      const start = spec.startWith({ root, frame, now });
      const values: Value[] = start === undefined ? [] : Array.isArray(start) ? start : [start];
      yield setPath(root, spec.as, await search(values, spec, context));
    }
  };
};

async function search(
  start: readonly Value[],
  spec: GraphSpec,
  context: PipelineContext,
): Promise<Doc[]> {
  const meter = new MemoryMeter("$graphLookup", context.memoryLimit);
  const met = new Set<string>();
  const asked = new Set<string>();
  const found: Doc[] = [];
  let frontier = unasked(start, asked);
  for (let depth = 0; depth <= spec.maxDepth && frontier.length > 0; depth++) {
    const next: Value[] = [];
    for await (const doc of levelOf(frontier, spec, context)) {
      const id = doc.get("_id");
      if (id === undefined)
        throw mongoError(40271, "Documents in the '$graphLookup' collection need an _id");
      const key = equalityKey(id);
      if (met.has(key)) continue;
      met.add(key);
      meter.add(doc);
      next.push(...foundAt(doc, spec.connectFrom));
      found.push(
        spec.depthField === undefined ? doc : setPath(doc, spec.depthField, Long.fromNumber(depth)),
      );
    }
    frontier = unasked(next, asked);
  }
  return found;
}

/** The values that were not followed yet, once each. */
function unasked(values: readonly Value[], asked: Set<string>): Value[] {
  return values.filter((value) => {
    if (value === undefinedValue) return false;
    const key = equalityKey(value);
    if (asked.has(key)) return false;
    asked.add(key);
    return true;
  });
}

/** The documents that one level of values leads to. */
async function* levelOf(
  values: readonly Value[],
  { namespace, connectTo, restrict }: GraphSpec,
  context: PipelineContext,
): AsyncGenerator<Doc> {
  const join = joinFilter(connectTo, values);
  const filter: Doc = restrict === undefined ? join : new Map([["$and", [join, restrict]]]);
  const test = compileFilter(filter, expressionOptions(context.variables));
  // a collection is free to leave out by the filter or not; it knows no $expr
  for await (const doc of toStream(context.readCollection(namespace, join)))
    if (test.matches(doc)) yield doc;
}
