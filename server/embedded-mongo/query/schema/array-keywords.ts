import { docOf } from "../../bson/from-js.js";
import { int } from "../../bson/plain-number.js";
import { isDoc, type Doc, type Value } from "../../bson/value.js";
import { brokenRule, countOperand, flagOperand, unorderedKey, wrongType } from "./operands.js";
import type { KeywordCompiler, Rule, Schema } from "./schema.js";

/** A rule that only arrays can break. */
function onArrays(rule: (items: readonly Value[]) => Doc | undefined): Rule {
  return (value) => (Array.isArray(value) ? rule(value) : undefined);
}

function countRule(keyword: "minItems" | "maxItems"): KeywordCompiler {
  return (operand) => {
    const limit = countOperand(keyword, operand);
    return onArrays((items) => {
      if (keyword === "minItems" ? items.length >= limit : items.length <= limit) return undefined;
      return brokenRule(keyword, operand, {
        reason: "array did not match specified length",
        consideredValue: items,
      });
    });
  };
}

const uniqueItems: KeywordCompiler = (operand) => {
  const wanted = flagOperand("uniqueItems", operand);
  return onArrays((items) => {
    const seen = new Set<string>();
    for (const item of wanted ? items : []) {
      const key = unorderedKey(item);
      if (seen.has(key))
        return brokenRule("uniqueItems", operand, {
          reason: "found a duplicate item",
          consideredValue: items,
          duplicatedValue: item,
        });
      seen.add(key);
    }
    return undefined;
  });
};

function firstBroken(
  keyword: string,
  schema: Schema,
  items: readonly Value[],
  from: number,
): Doc | undefined {
  for (let index = from; index < items.length; index++) {
    const details = schema.broken(items[index] ?? null);
    if (details.length > 0)
      return docOf({
        operatorName: keyword,
        reason: "At least one item did not match the sub-schema",
        itemIndex: int(index),
        details,
      });
  }
  return undefined;
}

/** One schema for all items, or one for each place. */
const items: KeywordCompiler = (operand, _schema, compile) => {
  if (isDoc(operand)) {
    const schema = compile(operand, "items");
    return onArrays((list) => firstBroken("items", schema, list, 0));
  }
  if (!Array.isArray(operand)) throw wrongType("items", "an array or an object", operand);
  const schemas = operand.map((schema) => compile(schema, "items"));
  return onArrays((list) => {
    const broken: Doc[] = [];
    for (const [index, schema] of schemas.entries()) {
      const item = list[index];
      const details = item === undefined ? [] : schema.broken(item);
      if (details.length > 0) broken.push(docOf({ itemIndex: int(index), details }));
    }
    return broken.length === 0 ? undefined : docOf({ operatorName: "items", details: broken });
  });
};

/** What is behind the places that `items` names; without such a list it means nothing. */
const additionalItems: KeywordCompiler = (operand, schema, compile) => {
  if (typeof operand !== "boolean" && !isDoc(operand))
    throw wrongType("additionalItems", "an object or a boolean", operand);
  const places = schema.get("items");
  const inner = isDoc(operand) ? compile(operand, "additionalItems") : undefined;
  if (!Array.isArray(places) || operand === true) return () => undefined;
  return onArrays((list) => {
    if (inner !== undefined) return firstBroken("additionalItems", inner, list, places.length);
    if (list.length <= places.length) return undefined;
    return brokenRule("additionalItems", operand, { additionalItems: list.slice(places.length) });
  });
};

/** Keywords on arrays; a value of another type passes them. */
export const arrayKeywords: Readonly<Record<string, KeywordCompiler>> = {
  minItems: countRule("minItems"),
  maxItems: countRule("maxItems"),
  uniqueItems,
  items,
  additionalItems,
};
