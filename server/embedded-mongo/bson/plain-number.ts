import { Int32, Long } from "bson";
import { isNumber, type Value } from "./value.js";

/** A count as mongod sends it: int32 where it fits, else int64. */
export function int(value: number): Int32 | Long {
  return value === (value | 0) ? new Int32(value) : Long.fromNumber(value);
}

/** A BSON number as a JavaScript number; undefined for everything else. */
export function numberOf(value: Value | undefined): number | undefined {
  return isNumber(value) ? Number(value.toString()) : undefined;
}
