import { Int32, Long } from "bson";

/** A count as mongod sends it: int32 where it fits, else int64. */
export function int(value: number): Int32 | Long {
  return value === (value | 0) ? new Int32(value) : Long.fromNumber(value);
}
