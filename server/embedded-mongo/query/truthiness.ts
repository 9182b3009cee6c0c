import { toDouble } from "../bson/decimal.js";
import { isNumber, undefinedValue, type Value } from "../bson/value.js";

/** Whether a value counts as true where MongoDB takes any value for a flag (`$exists`, projections). */
export function isTruthy(value: Value | undefined): boolean {
  if (isNumber(value)) return toDouble(value) !== 0;
  return value !== undefined && value !== null && value !== undefinedValue && value !== false;
}
