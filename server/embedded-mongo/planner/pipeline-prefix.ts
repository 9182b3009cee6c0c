import { Int32 } from "bson";
import { isDoc, isNumber, type Doc, type Value } from "../bson/value.js";

/** The leading stages of a pipeline that are a plain query, and what is left of it. */
export interface PipelinePrefix {
  readonly filter: Doc;
  readonly sort: Doc;
  readonly skip: number;
  /** 0: no limit. */
  readonly limit: number;
  readonly rest: readonly Doc[];
}

/**
 * Splits off `$match … $sort $skip $limit` from the front, in this order, so that they run as a find does:
 * over an index, and reading no more than needed. Stages with operands that are not plain stay behind,
 * and are checked by whoever runs the rest.
 */
export function splitPipeline(stages: readonly Doc[]): PipelinePrefix {
  const filters: Doc[] = [];
  let sort: Doc = new Map();
  let skip = 0;
  let limit = 0;
  let at = 0;
  for (; at < stages.length; at++) {
    const stage = stages[at];
    const [entry] = stage ?? [];
    if (stage?.size !== 1 || entry === undefined) break;
    const [name, operand] = entry;
    if (name === "$match" && isDoc(operand) && sort.size + skip + limit === 0)
      filters.push(operand);
    else if (
      name === "$sort" &&
      isDoc(operand) &&
      operand.size > 0 &&
      isPlainSort(operand) &&
      skip + limit === 0 &&
      sort.size === 0
    )
      sort = operand;
    else if (name === "$skip" && limit === 0 && wholeNumber(operand) !== undefined)
      skip += wholeNumber(operand) ?? 0;
    else if (name === "$limit" && limit === 0 && (wholeNumber(operand) ?? 0) > 0)
      limit = wholeNumber(operand) ?? 0;
    else break;
  }
  return { filter: allOf(filters), sort, skip, limit, rest: stages.slice(at) };
}

function allOf(filters: readonly Doc[]): Doc {
  const [first, second] = filters;
  if (first === undefined) return new Map();
  return second === undefined ? first : new Map<string, Value>([["$and", [...filters]]]);
}

function isPlainSort(sort: Doc): boolean {
  return [...sort.values()].every(isNumber);
}

function wholeNumber(value: Value): number | undefined {
  if (!isNumber(value)) return undefined;
  const number = Number(value.toString());
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** A pipeline's end that only counts. */
export interface CountStage {
  readonly field: string;
  readonly id: Value | undefined;
}

/** Recognises `{$count: field}` and the group that drivers send for countDocuments, as the only stage left. */
export function countStage(rest: readonly Doc[]): CountStage | undefined {
  const [stage, more] = rest;
  if (stage?.size !== 1 || more !== undefined) return undefined;
  const field = stage.get("$count");
  if (typeof field === "string" && field !== "" && !field.startsWith("$") && !/[.\0]/.test(field))
    return { field, id: undefined };
  const group = stage.get("$group");
  if (!isDoc(group) || group.size !== 2) return undefined;
  const [id, sum] = [...group];
  if (id?.[0] !== "_id" || !(id[1] === null || isNumber(id[1])) || sum === undefined)
    return undefined;
  const [name, accumulator] = sum;
  if (!isDoc(accumulator) || accumulator.size !== 1 || name.includes(".")) return undefined;
  const one = accumulator.get("$sum");
  return one instanceof Int32 && one.value === 1 ? { field: name, id: id[1] } : undefined;
}
