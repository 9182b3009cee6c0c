import { BSONRegExp } from "bson";
import { docOf } from "../../bson/from-js.js";
import { int } from "../../bson/plain-number.js";
import { isDoc, type Doc, type Value } from "../../bson/value.js";
import { regexTest } from "../value-tests.js";
import {
  brokenRule,
  countOperand,
  docOperand,
  malformed,
  namesOperand,
  wrongType,
} from "./operands.js";
import type { CompileSchema, KeywordCompiler, Rule, Schema } from "./schema.js";

/** A rule that only documents can break. */
function onDocs(rule: (doc: Doc) => Doc | undefined): Rule {
  return (value) => (isDoc(value) ? rule(value) : undefined);
}

function missingFrom(doc: Doc, names: readonly string[]): string[] {
  return names.filter((name) => !doc.has(name));
}

const required: KeywordCompiler = (operand) => {
  const names = namesOperand("required", operand);
  return onDocs((doc) => {
    const missing = missingFrom(doc, names);
    if (missing.length === 0) return undefined;
    return brokenRule("required", operand, { missingProperties: missing });
  });
};

function countRule(keyword: "minProperties" | "maxProperties"): KeywordCompiler {
  return (operand) => {
    const limit = countOperand(keyword, operand);
    return onDocs((doc) => {
      if (keyword === "minProperties" ? doc.size >= limit : doc.size <= limit) return undefined;
      return brokenRule(keyword, operand, {
        reason: "specified number of properties was not satisfied",
        numberOfProperties: int(doc.size),
      });
    });
  };
}

const properties: KeywordCompiler = (operand, _schema, compile) => {
  const schemas = [...docOperand("properties", operand)].map(
    ([name, schema]) => [name, compile(schema, "properties")] as const,
  );
  return onDocs((doc) => {
    const broken: Doc[] = [];
    for (const [name, schema] of schemas) {
      const value = doc.get(name);
      const details = value === undefined ? [] : schema.broken(value);
      if (details.length > 0)
        broken.push(docOf({ propertyName: name, ...notesOf(schema), details }));
    }
    if (broken.length === 0) return undefined;
    return docOf({ operatorName: "properties", propertiesNotSatisfied: broken });
  });
};

function notesOf(schema: Schema): Record<string, unknown> {
  return Object.fromEntries(schema.notes);
}

interface PatternSchema {
  readonly pattern: string;
  readonly test: (name: string) => boolean;
  readonly schema: Schema;
}

function patternSchemas(operand: Value | undefined, compile: CompileSchema): PatternSchema[] {
  if (operand === undefined) return [];
  return [...docOperand("patternProperties", operand)].map(([pattern, schema]) => ({
    pattern,
    test: regexTest(new BSONRegExp(pattern, "")).test,
    schema: compile(schema, "patternProperties"),
  }));
}

const patternProperties: KeywordCompiler = (operand, _schema, compile) => {
  const patterns = patternSchemas(operand, compile);
  return onDocs((doc) => {
    const broken: Doc[] = [];
    for (const [name, value] of doc)
      for (const { pattern, test, schema } of patterns) {
        const details = test(name) ? schema.broken(value) : [];
        if (details.length > 0)
          broken.push(docOf({ propertyName: name, regexMatched: pattern, details }));
      }
    if (broken.length === 0) return undefined;
    return docOf({ operatorName: "patternProperties", details: broken });
  });
};

const additionalProperties: KeywordCompiler = (operand, schema, compile) => {
  if (typeof operand !== "boolean" && !isDoc(operand))
    throw wrongType("additionalProperties", "an object or a boolean", operand);
  const named = schema.get("properties");
  const known = new Set(isDoc(named) ? named.keys() : []);
  const patterns = patternSchemas(schema.get("patternProperties"), compile);
  const inner = isDoc(operand) ? compile(operand, "additionalProperties") : undefined;
  const others = (doc: Doc): string[] =>
    [...doc.keys()].filter((name) => !known.has(name) && !patterns.some(({ test }) => test(name)));
  return onDocs((doc) => {
    if (operand === true) return undefined;
    const names = others(doc);
    if (inner === undefined)
      return names.length === 0
        ? undefined
        : brokenRule("additionalProperties", operand, { additionalProperties: names });
    for (const name of names) {
      const details = inner.broken(doc.get(name) ?? null);
      if (details.length > 0)
        return docOf({
          operatorName: "additionalProperties",
          reason: "at least one additional property did not match the subschema",
          failingProperty: name,
          details,
        });
    }
    return undefined;
  });
};

const dependencies: KeywordCompiler = (operand, _schema, compile) => {
  const rules = [...docOperand("dependencies", operand)].map(
    ([name, dependency]) => [name, compileDependency(name, dependency, compile)] as const,
  );
  return onDocs((doc) => {
    const broken = rules.flatMap(([name, rule]) => (doc.has(name) ? (rule(doc) ?? []) : []));
    if (broken.length === 0) return undefined;
    return docOf({ operatorName: "dependencies", failingDependencies: broken });
  });
};

function compileDependency(
  name: string,
  dependency: Value,
  compile: CompileSchema,
): (doc: Doc) => Doc | undefined {
  if (isDoc(dependency)) {
    const schema = compile(dependency, "dependencies");
    return (doc) => {
      const details = schema.broken(doc);
      return details.length === 0 ? undefined : docOf({ conditionalProperty: name, details });
    };
  }
  if (!Array.isArray(dependency))
    throw malformed(`$jsonSchema keyword 'dependencies' needs objects or arrays, for '${name}'`);
  const names = namesOperand("dependencies", dependency);
  return (doc) => {
    const missing = missingFrom(doc, names);
    if (missing.length === 0) return undefined;
    return docOf({ conditionalProperty: name, missingProperties: missing });
  };
}

/** Keywords on documents; a value of another type passes them. */
export const objectKeywords: Readonly<Record<string, KeywordCompiler>> = {
  required,
  minProperties: countRule("minProperties"),
  maxProperties: countRule("maxProperties"),
  properties,
  patternProperties,
  additionalProperties,
  dependencies,
};
