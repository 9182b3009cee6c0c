import { describeValue } from "../../bson/describe-value.js";
import {
  isDoc,
  isNumber,
  typeNameOf,
  type Doc,
  type NumberValue,
  type Value,
} from "../../bson/value.js";
import { docOf } from "../../bson/from-js.js";
import { equalityKey } from "../../index-keys/encode-key.js";
import { mongoError, type MongoError } from "../../mongo-error.js";
import { wholeNumber } from "../value-tests.js";

/** What is wrong, as MongoDB's `errInfo` words it. */
export function brokenRule(
  keyword: string,
  operand: Value,
  fields: Readonly<Record<string, unknown>>,
): Doc {
  return docOf({ operatorName: keyword, specifiedAs: docOf({}).set(keyword, operand), ...fields });
}

export function wrongType(keyword: string, expected: string, operand: Value): MongoError {
  return mongoError(
    14,
    `$jsonSchema keyword '${keyword}' must be ${expected}, but got ${typeNameOf(operand)}`,
  );
}

export function malformed(message: string): MongoError {
  return mongoError(9, message);
}

export function docOperand(keyword: string, operand: Value): Doc {
  if (!isDoc(operand)) throw wrongType(keyword, "an object", operand);
  return operand;
}

export function textOperand(keyword: string, operand: Value): string {
  if (typeof operand !== "string") throw wrongType(keyword, "a string", operand);
  return operand;
}

export function numberOperand(keyword: string, operand: Value): NumberValue {
  if (!isNumber(operand)) throw wrongType(keyword, "a number", operand);
  return operand;
}

/** A length or a count: a whole number that is not negative. */
export function countOperand(keyword: string, operand: Value): number {
  const count = wholeNumber(operand, () =>
    malformed(`$jsonSchema keyword '${keyword}' must be a whole number: ${describeValue(operand)}`),
  );
  if (count < 0n) throw malformed(`$jsonSchema keyword '${keyword}' cannot be negative: ${count}`);
  return Number(count);
}

/** A list that is not empty and names nothing twice. */
export function listOperand(keyword: string, operand: Value): Value[] {
  if (!Array.isArray(operand)) throw wrongType(keyword, "an array", operand);
  if (operand.length === 0) throw malformed(`$jsonSchema keyword '${keyword}' cannot be empty`);
  return operand;
}

export function namesOperand(keyword: string, operand: Value): string[] {
  const names = listOperand(keyword, operand).map((name) => {
    if (typeof name !== "string")
      throw wrongType(keyword, "an array that contains only strings", name);
    return name;
  });
  if (new Set(names).size < names.length)
    throw malformed(`$jsonSchema keyword '${keyword}' array cannot contain duplicate values`);
  return names;
}

export function flagOperand(keyword: string, operand: Value | undefined): boolean {
  if (operand === undefined) return false;
  if (typeof operand !== "boolean") throw wrongType(keyword, "a boolean", operand);
  return operand;
}

/** A text that is the same for values that a schema takes for equal: the order of fields does not count. */
export function unorderedKey(value: Value): string {
  return equalityKey(sorted(value));
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isDoc(value)) return value;
  const names = [...value.keys()].sort();
  return new Map(names.map((name) => [name, sorted(value.get(name) ?? null)]));
}
