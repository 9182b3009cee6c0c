import { BSONRegExp, Double, ObjectId } from "bson";
import { docOf } from "../bson/from-js.js";
import { isDoc, isNumber, type Doc, type Value } from "../bson/value.js";
import { encodeKey } from "../index-keys/encode-key.js";
import { mongoError, type MongoError } from "../mongo-error.js";

type KeyPattern = readonly (readonly [path: string, direction: 1 | -1])[];

/** The values under a path; several where it leads into an array. */
function valuesAt(value: Value | undefined, path: readonly string[]): Value[] {
  const [name, ...rest] = path;
  if (name === undefined) return Array.isArray(value) ? [...value, value] : [value ?? null];
  if (isDoc(value)) return valuesAt(value.get(name), rest);
  if (!Array.isArray(value)) return [null];
  const inside = value.filter(isDoc).flatMap((item) => valuesAt(item, path));
  const position = /^\d+$/.test(name) ? value[Number(name)] : undefined;
  return position === undefined ? inside : [...inside, ...valuesAt(position, rest)];
}

/** Which of the values that a document has for the key pattern gave this very key. */
function clashingValues(pattern: KeyPattern, doc: Doc, key: Buffer | undefined): Value[] {
  const choices = pattern.map(([path]) => valuesAt(doc, path.split(".")));
  const first = choices.map((values) => values[0] ?? null);
  if (key === undefined || choices.every((values) => values.length <= 1)) return first;
  const directions = pattern.map(([, direction]) => direction);
  const field = choices.findIndex((values) => values.length > 1);
  for (const value of choices[field] ?? []) {
    const candidate = first.map((other, at) => (at === field ? value : other));
    if (encodeKey(candidate, directions).bytes.equals(key)) return candidate;
  }
  return first;
}

/** A value as the shell prints it; only for the text of the error. */
function shown(value: Value): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof Double && Number.isInteger(value.value)) return value.value.toFixed(1);
  if (isNumber(value)) return value.toString();
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof BSONRegExp) return `/${value.pattern}/${value.options}`;
  if (Array.isArray(value)) return `[ ${value.map(shown).join(", ")} ]`;
  if (isDoc(value))
    return `{ ${[...value].map(([name, field]) => `${name}: ${shown(field)}`).join(", ")} }`;
  return typeof value === "symbol" ? "undefined" : JSON.stringify(value);
}

/** Error 11000 as mongod words it, with `keyPattern` and `keyValue`. */
export function duplicateKeyError(
  namespace: string,
  indexName: string,
  pattern: KeyPattern,
  doc: Doc,
  key?: Buffer,
): MongoError {
  const values = clashingValues(pattern, doc, key);
  const keyValue: Doc = new Map(pattern.map(([path], at) => [path, values[at] ?? null]));
  const text = [...keyValue].map(([path, value]) => `${path}: ${shown(value)}`).join(", ");
  return mongoError(
    11000,
    `E11000 duplicate key error collection: ${namespace} index: ${indexName} dup key: { ${text} }`,
    docOf({ keyPattern: new Map(pattern), keyValue }),
  );
}
