import assert from "node:assert/strict";
import { bsonType, Long } from "bson";

/** Named things that a test has made; `$$matchesEntity` compares with them. */
export type Entities = ReadonlyMap<string, unknown>;

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

/**
 * Asserts that a result matches what the test file expects, by the rules of the unified test
 * format: fields not mentioned are allowed at the top only, numbers compare by value, `$$` operators.
 */
export function assertMatches(
  expected: unknown,
  actual: unknown,
  entities: Entities,
  at = "result",
  isRoot = true,
): void {
  if (isPlainObject(expected)) {
    const [operator, ...others] = Object.keys(expected);
    if (operator?.startsWith("$$") === true && others.length === 0)
      assertOperator(operator, expected[operator], actual, true, entities, at, isRoot);
    else assertFields(expected, actual, entities, at, isRoot);
  } else if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${at}: an array is expected, not ${typeof actual}`);
    assert.equal(actual.length, expected.length, `${at}: number of items`);
    expected.forEach((item, i) => assertMatches(item, actual[i], entities, `${at}[${i}]`, isRoot));
  } else if (typeof expected === "number" || Long.isLong(expected))
    assert.equal(Number(actual), Number(expected), at);
  else assert.deepEqual(normal(actual), normal(expected), at);
}

function normal(value: unknown): unknown {
  if (typeof value === "object" && value !== null && bsonType in value)
    return JSON.stringify(value);
  return value;
}

function assertFields(
  expected: Record<string, unknown>,
  actual: unknown,
  entities: Entities,
  at: string,
  isRoot: boolean,
): void {
  assert.ok(typeof actual === "object" && actual !== null, `${at}: an object is expected`);
  const fields = actual as Record<string, unknown>;
  for (const [name, value] of Object.entries(expected)) {
    const where = `${at}.${name}`;
    const [operator] = isPlainObject(value) ? Object.keys(value) : [];
    if (isPlainObject(value) && operator?.startsWith("$$") === true)
      assertOperator(
        operator,
        value[operator],
        fields[name],
        name in fields,
        entities,
        where,
        false,
      );
    else {
      assert.ok(name in fields, `${where} is missing`);
      assertMatches(value, fields[name], entities, where, false);
    }
  }
  if (!isRoot)
    for (const name of Object.keys(fields))
      assert.ok(name in expected, `${at}.${name} is not expected`);
}

function assertOperator(
  operator: string,
  operand: unknown,
  actual: unknown,
  exists: boolean,
  entities: Entities,
  at: string,
  isRoot: boolean,
): void {
  switch (operator) {
    case "$$exists":
      assert.equal(exists && actual !== undefined, operand, `${at}: existence`);
      return;
    case "$$unsetOrMatches":
      if (actual !== undefined && actual !== null)
        assertMatches(operand, actual, entities, at, isRoot);
      return;
    case "$$type": {
      const types: unknown[] = Array.isArray(operand) ? operand : [operand];
      assert.ok(types.includes(typeName(actual)), `${at}: type ${typeName(actual)}`);
      return;
    }
    case "$$matchesEntity":
      assertMatches(entities.get(String(operand)), actual, entities, at, isRoot);
      return;
    case "$$matchesHexBytes":
      assert.ok(actual instanceof Uint8Array);
      assert.equal(Buffer.from(actual).toString("hex"), operand, at);
      return;
    default:
      assert.fail(`the runner does not know ${operator}`);
  }
}

function typeName(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "double";
  if (typeof value === "string") return "string";
  if (value instanceof Date) return "date";
  if (typeof value === "object" && value !== null && bsonType in value) {
    const name = String(value[bsonType]);
    return { ObjectId: "objectId", Binary: "binData", Long: "long", Int32: "int" }[name] ?? name;
  }
  return Array.isArray(value) ? "array" : typeof value;
}
