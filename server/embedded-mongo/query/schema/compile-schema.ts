import { docOf } from "../../bson/from-js.js";
import { int } from "../../bson/plain-number.js";
import { isDoc, type Doc, type Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import { arrayKeywords } from "./array-keywords.js";
import { objectKeywords } from "./object-keywords.js";
import { listOperand, malformed, textOperand, wrongType } from "./operands.js";
import type { KeywordCompiler, Rule, Schema } from "./schema.js";
import { valueKeywords } from "./value-keywords.js";

function combination(keyword: "allOf" | "anyOf" | "oneOf"): KeywordCompiler {
  return (operand, _schema, compile) => {
    const schemas = listOperand(keyword, operand).map((schema) => compile(schema, keyword));
    const needed = keyword === "allOf" ? schemas.length : 1;
    return (value) => {
      const results = schemas.map((schema, index) => ({
        index: int(index),
        details: schema.broken(value),
      }));
      const broken = results.filter(({ details }) => details.length > 0);
      const held = results.filter(({ details }) => details.length === 0);
      if (held.length < needed)
        return docOf({ operatorName: keyword, schemasNotSatisfied: broken });
      if (keyword !== "oneOf" || held.length === 1) return undefined;
      return docOf({
        operatorName: keyword,
        reason: "more than one subschema matched",
        matchingSchemaIndexes: held.map(({ index }) => index),
      });
    };
  };
}

const not: KeywordCompiler = (operand, _schema, compile) => {
  const schema = compile(operand, "not");
  return (value) =>
    schema.broken(value).length > 0
      ? undefined
      : docOf({ operatorName: "not", reason: "child expression matched" });
};

/** Keywords that say something to people only. */
const notes = ["title", "description"];

const note =
  (keyword: string): KeywordCompiler =>
  (operand) => {
    textOperand(keyword, operand);
    return () => undefined;
  };

const keywords = new Map<string, KeywordCompiler>([
  ...Object.entries(valueKeywords),
  ...Object.entries(objectKeywords),
  ...Object.entries(arrayKeywords),
  ["allOf", combination("allOf")],
  ["anyOf", combination("anyOf")],
  ["oneOf", combination("oneOf")],
  ["not", not],
  ...notes.map((keyword): [string, KeywordCompiler] => [keyword, note(keyword)]),
]);

/** The keywords of `$jsonSchema` that this server knows, for its documentation. */
export const schemaKeywords: readonly string[] = [...keywords.keys()].sort();

const unsupported = new Set(["$ref", "$schema", "default", "definitions", "format", "id"]);

/**
 * Compiles a `$jsonSchema`: draft 4 with MongoDB's `bsonType`. Throws 9 (FailedToParse) or 14
 * (TypeMismatch) for what is malformed or unknown, 238 for the keywords of encryption.
 */
export function compileSchema(schema: Value, where = "$jsonSchema"): Schema {
  if (!isDoc(schema)) throw wrongType(where, "an object", schema);
  const rules: Rule[] = [];
  const own: Doc = new Map();
  for (const [keyword, operand] of schema) {
    const compile = keywords.get(keyword);
    if (compile === undefined) throw unknownKeyword(keyword);
    rules.push(compile(operand, schema, compileSchema));
    if (notes.includes(keyword)) own.set(keyword, operand);
  }
  return {
    notes: own,
    broken: (value) => {
      const broken: Doc[] = [];
      for (const rule of rules) {
        const found = rule(value);
        if (found !== undefined) broken.push(found);
      }
      return broken;
    },
  };
}

function unknownKeyword(keyword: string): Error {
  if (keyword === "encrypt" || keyword === "encryptMetadata")
    return mongoError(238, `$jsonSchema keyword '${keyword}' is not supported by this server`);
  return unsupported.has(keyword)
    ? malformed(`$jsonSchema keyword '${keyword}' is not currently supported`)
    : malformed(`Unknown $jsonSchema keyword: ${keyword}`);
}
