import { Decimal128 } from "bson";
import { isDoc, isNumber, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { compileFilter } from "../query/compile-filter.js";
import { int } from "../bson/plain-number.js";

const supportedOptions = new Set([
  "v",
  "key",
  "name",
  "unique",
  "sparse",
  "expireAfterSeconds",
  "partialFilterExpression",
  "background",
  "hidden",
  "collation",
  "ns",
]);
const knownElsewhere = new Set([
  "weights",
  "default_language",
  "language_override",
  "textIndexVersion",
  "2dsphereIndexVersion",
  "bits",
  "min",
  "max",
  "bucketSize",
  "storageEngine",
  "wildcardProjection",
  "clustered",
  "prepareUnique",
]);
const maxFields = 32;
const maxExpireSeconds = 2_147_483_647;

/**
 * Checks one entry of `createIndexes` and gives the definition as `listIndexes` will show it. Index kinds
 * that are not kept here (hashed, text, geo, wildcard, collations) are refused by name (code 67).
 */
export function parseIndexDefinition(entry: Doc): Doc {
  for (const name of entry.keys()) {
    if (knownElsewhere.has(name))
      throw mongoError(67, `The index option '${name}' is not supported by this server`);
    if (!supportedOptions.has(name))
      throw mongoError(
        197,
        `The field '${name}' is not valid for an index specification. Specification: ${shownKeys(entry)}`,
      );
  }
  const key = entry.get("key");
  if (!isDoc(key))
    throw mongoError(9, "The 'key' field is a required property of an index specification");
  const name = entry.get("name");
  if (typeof name !== "string")
    throw mongoError(9, "The 'name' field is a required property of an index specification");
  if (name === "") throw mongoError(67, "index name cannot be empty");
  checkKey(key);
  checkSimpleCollation(entry.get("collation"));
  const definition: Doc = new Map<string, Value>([
    ["v", int(2)],
    ["key", key],
    ["name", name],
  ]);
  for (const option of ["unique", "sparse", "hidden"])
    if (isTrue(entry.get(option))) definition.set(option, true);
  addPartialFilter(definition, entry.get("partialFilterExpression"));
  addExpiry(definition, entry.get("expireAfterSeconds"), key);
  if (isIdKey(key)) checkIdIndex(definition);
  return definition;
}

export function isIdKey(key: Doc): boolean {
  return key.size === 1 && key.has("_id") && numberOf(key.get("_id")) === 1;
}

const notOfIdIndex = [
  "unique",
  "sparse",
  "hidden",
  "partialFilterExpression",
  "expireAfterSeconds",
];

function checkIdIndex(definition: Doc): void {
  for (const option of notOfIdIndex)
    if (definition.has(option))
      throw mongoError(197, `The field '${option}' is not valid for an _id index specification.`);
}

function checkKey(key: Doc): void {
  if (key.size === 0) throw mongoError(67, "Index keys cannot be an empty object");
  if (key.size > maxFields)
    throw mongoError(67, `Index key pattern has more than ${maxFields} fields`);
  for (const [path, value] of key) {
    if (typeof value === "string")
      throw mongoError(67, `Index kind '${value}' is not supported by this server`);
    const direction = numberOf(value);
    if (direction === undefined)
      throw mongoError(
        67,
        `Values in v:2 index key pattern cannot be of this type. Only numbers are allowed here`,
      );
    if (direction === 0 || Number.isNaN(direction))
      throw mongoError(67, "Values in the index key pattern cannot be 0.");
    if (path === "" || path.split(".").includes(""))
      throw mongoError(67, "Index keys cannot contain an empty field.");
    if (path.includes("$**"))
      throw mongoError(67, "wildcard indexes are not supported by this server");
    if (path.split(".").some((part) => part.startsWith("$")))
      throw mongoError(67, `Index key contains an illegal field name: field name starts with '$'.`);
  }
}

function checkSimpleCollation(collation: Value | undefined): void {
  if (!isDoc(collation) || collation.size === 0 || collation.get("locale") === "simple") return;
  throw mongoError(67, `collation is not supported by this server, except { locale: "simple" }`);
}

function addPartialFilter(definition: Doc, filter: Value | undefined): void {
  if (filter === undefined) return;
  if (!isDoc(filter))
    throw mongoError(67, "'partialFilterExpression' for an index has to be a document");
  compileFilter(filter);
  checkPartialOperators(filter, 0);
  if (definition.has("sparse"))
    throw mongoError(67, "cannot mix 'partialFilterExpression' and 'sparse' options");
  definition.set("partialFilterExpression", filter);
}

const partialOperators = new Set(["$eq", "$exists", "$gt", "$gte", "$lt", "$lte", "$type", "$in"]);

function checkPartialOperators(filter: Doc, depth: number): void {
  for (const [name, value] of filter) {
    if (name === "$and" || name === "$or") {
      if (Array.isArray(value))
        for (const branch of value) if (isDoc(branch)) checkPartialOperators(branch, depth + 1);
      continue;
    }
    const operators = isDoc(value)
      ? [...value].filter(([operator]) => operator.startsWith("$"))
      : [];
    const bad = name.startsWith("$")
      ? name
      : operators.find(
          ([operator, operand]) =>
            !partialOperators.has(operator) || (operator === "$exists" && operand === false),
        )?.[0];
    if (bad !== undefined) throw mongoError(67, `unsupported expression in partial index: ${bad}`);
  }
}

function addExpiry(definition: Doc, seconds: Value | undefined, key: Doc): void {
  if (seconds !== undefined) definition.set("expireAfterSeconds", checkExpiry(seconds, key, 67));
}

/** The time to live of an index on `key`, in whole seconds; `code` is the error's where it cannot be. */
export function checkExpiry(seconds: Value, key: Doc, code: number): Value {
  const value = numberOf(seconds);
  if (value === undefined || value < 0 || value > maxExpireSeconds || Number.isNaN(value))
    throw mongoError(
      code,
      `TTL index 'expireAfterSeconds' option must be within 0 and ${maxExpireSeconds} seconds`,
    );
  if (key.size > 1)
    throw mongoError(
      code,
      "TTL indexes are single-field indexes, compound indexes do not support TTL",
    );
  return int(Math.trunc(value));
}

function numberOf(value: Value | undefined): number | undefined {
  return isNumber(value) && !(value instanceof Decimal128) ? Number(value.toString()) : undefined;
}

function isTrue(value: Value | undefined): boolean {
  return value === true || (isNumber(value) && Number(value.toString()) !== 0);
}

function shownKeys(entry: Doc): string {
  return `{ ${[...entry.keys()].join(", ")} }`;
}
