import { Int32, Long, Timestamp } from "bson";
import { addNumbers, bigintOf, integerValue, multiplyNumbers } from "../bson/arithmetic.js";
import { compareValues, identicalValues } from "../bson/compare.js";
import { describeElement } from "../bson/describe-value.js";
import { isNumber, typeNameOf, type NumberValue, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { removed, unchanged, type Modified, type Modifier } from "./modifier.js";

export function setTo(current: Value | undefined, value: Value): Modified {
  return current !== undefined && identicalValues(current, value) ? unchanged : { value };
}

export function setModifier(value: Value, onlyOnInsert = false): Modifier {
  return { onMissing: "create", onlyOnInsert, apply: (current) => setTo(current, value) };
}

export const unsetModifier: Modifier = {
  onMissing: "ignore",
  apply: (current) => (current === undefined ? unchanged : removed),
};

const zero = new Int32(0);

/** `$inc` and `$mul`: the result has the type that MongoDB's arithmetic gives it. */
export function arithmeticModifier(
  operator: "$inc" | "$mul",
  path: string,
  operand: Value,
): Modifier {
  const verb = operator === "$inc" ? "increment" : "multiply";
  if (!isNumber(operand))
    throw mongoError(
      14,
      `Cannot ${verb} with non-numeric argument: ${describeElement(path, operand)}`,
    );
  return {
    onMissing: "create",
    apply: (current, place) => {
      if (current === undefined)
        return { value: operator === "$inc" ? operand : (multiplyNumbers(operand, zero) ?? zero) };
      if (!isNumber(current))
        throw mongoError(
          14,
          `Cannot apply ${operator} to a value of non-numeric type. {_id: ${place.id}} has the ` +
            `field '${place.field}' of non-numeric type ${typeNameOf(current)}`,
        );
      const result =
        operator === "$inc" ? addNumbers(current, operand) : multiplyNumbers(current, operand);
      if (result === undefined)
        throw mongoError(
          2,
          `Failed to apply ${operator} operations to current value ` +
            `(${shellNumber(current)}) for document {_id: ${place.id}}`,
        );
      return setTo(current, result);
    },
  };
}

function shellNumber(value: NumberValue): string {
  const name = {
    Int32: "NumberInt",
    Long: "NumberLong",
    Double: "Double",
    Decimal128: "NumberDecimal",
  };
  return `(${name[value._bsontype]})${value.toString()}`;
}

/** `$min` and `$max`, in MongoDB's order over all types. */
export function limitModifier(operator: "$min" | "$max", operand: Value): Modifier {
  const wanted = operator === "$min" ? -1 : 1;
  return {
    onMissing: "create",
    apply: (current) =>
      current === undefined || Math.sign(compareValues(operand, current)) === wanted
        ? { value: operand }
        : unchanged,
  };
}

let lastSecond = 0;
let increment = 0;

/** The present second with a counter, as MongoDB fills timestamps. */
export function currentTimestamp(): Timestamp {
  const second = Math.floor(Date.now() / 1000);
  increment = second === lastSecond ? increment + 1 : 1;
  lastSecond = second;
  return new Timestamp({ t: second, i: increment });
}

export function currentDateModifier(operand: Value): Modifier {
  let timestamp = false;
  if (operand instanceof Map) {
    const type = operand.get("$type");
    for (const name of operand.keys())
      if (name !== "$type") throw mongoError(2, `Unrecognized $currentDate option: ${name}`);
    if (type !== "date" && type !== "timestamp")
      throw mongoError(
        2,
        "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
      );
    timestamp = type === "timestamp";
  } else if (typeof operand !== "boolean")
    throw mongoError(
      2,
      `${typeNameOf(operand)} is not valid type for $currentDate. Please use a boolean ('true') ` +
        "or a $type expression ({$type: 'timestamp/date'}).",
    );
  return {
    onMissing: "create",
    apply: () => ({ value: timestamp ? currentTimestamp() : new Date() }),
  };
}

export function bitModifier(path: string, operand: Value): Modifier {
  if (!(operand instanceof Map))
    throw mongoError(
      2,
      `The $bit modifier is not compatible with a ${typeNameOf(operand)}. You must pass in an ` +
        "embedded document: {$bit: {field: {and/or/xor: #}}",
    );
  const steps = [...operand].map(([name, bits]) => parseBitStep(path, name, bits));
  if (steps.length === 0)
    throw mongoError(
      2,
      "You must pass in at least one bitwise operation. The format is: {$bit: {field: {and/or/xor: #}}",
    );
  return {
    onMissing: "create",
    apply: (current, place) => {
      if (current !== undefined && !(current instanceof Int32) && !(current instanceof Long))
        throw mongoError(
          2,
          `Cannot apply $bit to a value of non-integral type.{_id: ${place.id}} has the field ` +
            `${place.field} of non-integer type ${typeNameOf(current)}`,
        );
      let result: Int32 | Long = current ?? new Int32(0);
      for (const step of steps) result = step(result);
      return setTo(current, result);
    },
  };
}

function parseBitStep(
  path: string,
  name: string,
  operand: Value,
): (value: Int32 | Long) => Int32 | Long {
  if (name !== "and" && name !== "or" && name !== "xor")
    throw mongoError(
      2,
      `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}' which is an unknown operator: ${describeElement(name, operand)}`,
    );
  if (!(operand instanceof Int32) && !(operand instanceof Long))
    throw mongoError(
      2,
      `The $bit modifier field must be an Integer(32/64 bit); a '${typeNameOf(operand)}' is not supported here: ${describeElement(path, operand)}`,
    );
  const bits = bigintOf(operand);
  return (value) => {
    const before = bigintOf(value);
    const after = name === "and" ? before & bits : name === "or" ? before | bits : before ^ bits;
    const long = value instanceof Long || operand instanceof Long;
    return integerValue(after, long) ?? value;
  };
}
