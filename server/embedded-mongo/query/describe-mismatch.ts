import { docOf } from "../bson/from-js.js";
import { int } from "../bson/plain-number.js";
import { isDoc, typeNameOf, type Doc, type Value } from "../bson/value.js";
import { compileFilter, type FilterOptions } from "./compile-filter.js";
import { fieldPath, matchPath } from "./field-path.js";
import { compileSchema } from "./schema/compile-schema.js";

/** What MongoDB says of an operator that does not hold, and of one under a negation that does. */
const reasons: Readonly<Record<string, readonly [failed: string, succeeded: string]>> = {
  $in: ["no matching value found in array", "matching value found in array"],
  $nin: ["matching value found in array", "no matching value found in array"],
  $exists: ["path does not exist", "path does exist"],
  $type: ["type did not match", "type did match"],
  $mod: ["$mod did not evaluate to expected remainder", "$mod did evaluate to expected remainder"],
  $regex: ["regular expression did not match", "regular expression did match"],
  $size: ["array length was not equal to given size", "array length was equal to given size"],
  $all: ["array did not contain all specified values", "array did contain all specified values"],
  $elemMatch: [
    "array did not satisfy the child predicate",
    "array did satisfy the child predicate",
  ],
};
const bitReasons = ["bitwise operator failed to match", "bitwise operator matched successfully"];
const comparisonReasons = ["comparison failed", "comparison succeeded"];

/** A filter taken apart: one operator on one path, or one operator on the whole document. */
interface Clause {
  readonly operator: string;
  readonly operand: Value;
  readonly path: string | undefined;
  /** The clause as a filter of its own. */
  readonly filter: Doc;
}

/**
 * Why a document does not match a filter, as `details` of MongoDB's `errInfo` have it: the operators
 * that do not hold, what they were given and what they saw.
 */
export function describeMismatch(filter: Doc, doc: Doc, options: FilterOptions): Doc {
  return describeFilter(filter, doc, options, false);
}

/** `inverted`: the filter stands under a negation, and what holds in it is what is wrong. */
function describeFilter(filter: Doc, doc: Doc, options: FilterOptions, inverted: boolean): Doc {
  const clauses = clausesOf(filter);
  const [only] = clauses;
  if (only !== undefined && clauses.length === 1)
    return describeClause(only, doc, options, inverted);
  return describeBranches(
    "$and",
    clauses.map((clause) => clause.filter),
    doc,
    options,
    inverted,
  );
}

function describeBranches(
  operator: string,
  branches: readonly Doc[],
  doc: Doc,
  options: FilterOptions,
  inverted: boolean,
): Doc {
  const wrong = branches.flatMap((branch, index) =>
    compileFilter(branch, options).matches(doc) === inverted
      ? [docOf({ index: int(index), details: describeFilter(branch, doc, options, inverted) })]
      : [],
  );
  const field = inverted ? "clausesSatisfied" : "clausesNotSatisfied";
  return docOf({ operatorName: operator, [field]: wrong });
}

function describeClause(clause: Clause, doc: Doc, options: FilterOptions, inverted: boolean): Doc {
  const { operator, operand, path, filter } = clause;
  if (path !== undefined) return describeOnPath(clause, path, doc, options, inverted);
  const branches = Array.isArray(operand) ? operand.filter(isDoc) : [];
  switch (operator) {
    case "$and":
    case "$or":
      return describeBranches(operator, branches, doc, options, inverted);
    case "$nor":
      return describeBranches(operator, branches, doc, options, !inverted);
    case "$jsonSchema": {
      if (inverted) return docOf({ operatorName: operator, reason: "schema matched" });
      const schema = compileSchema(operand);
      const schemaRulesNotSatisfied = schema.broken(doc);
      return docOf({
        operatorName: operator,
        ...Object.fromEntries(schema.notes),
        schemaRulesNotSatisfied,
      });
    }
    default:
      return docOf({
        operatorName: operator,
        specifiedAs: filter,
        reason: inverted ? "expression did match" : "expression did not match",
        expressionResult: inverted,
      });
  }
}

function describeOnPath(
  { operator, operand, filter }: Clause,
  path: string,
  doc: Doc,
  options: FilterOptions,
  inverted: boolean,
): Doc {
  if (operator === "$not" && isDoc(operand))
    return docOf({
      operatorName: operator,
      details: describeFilter(new Map([[path, operand]]), doc, options, !inverted),
    });
  const considered: Value[] = [];
  matchPath(doc, fieldPath(path), operator !== "$size" && operator !== "$elemMatch", (value) => {
    if (value !== undefined) considered.push(value);
    return false;
  });
  const [first] = considered;
  const known =
    reasons[operator] ?? (operator.startsWith("$bits") ? bitReasons : comparisonReasons);
  const missing = first === undefined && operator !== "$exists";
  return docOf({
    operatorName: operator,
    specifiedAs: filter,
    reason: missing ? "field was missing" : known[inverted ? 1 : 0],
    ...(considered.length > 1 ? { consideredValues: considered } : { consideredValue: first }),
    ...(operator === "$type" ? typesOf(considered) : {}),
  });
}

function typesOf(values: readonly Value[]): Record<string, unknown> {
  const types = [...new Set(values.map(typeNameOf))];
  return types.length > 1 ? { consideredTypes: types } : { consideredType: types[0] };
}

function clausesOf(filter: Doc): Clause[] {
  const clauses: Clause[] = [];
  for (const [name, value] of filter) {
    if (name === "$comment") continue;
    if (name.startsWith("$"))
      clauses.push({
        operator: name,
        operand: value,
        path: undefined,
        filter: new Map([[name, value]]),
      });
    else if (isDoc(value) && value.keys().next().value?.startsWith("$") === true)
      clauses.push(...operatorsOn(name, value));
    else
      clauses.push({
        operator: "$eq",
        operand: value,
        path: name,
        filter: new Map([[name, value]]),
      });
  }
  return clauses;
}

function operatorsOn(path: string, operators: Doc): Clause[] {
  return [...operators].flatMap(([operator, operand]) => {
    if (operator === "$options") return [];
    const alone: Doc = new Map([[operator, operand]]);
    const flags = operators.get("$options");
    if (operator === "$regex" && flags !== undefined) alone.set("$options", flags);
    return [{ operator, operand, path, filter: new Map([[path, alone]]) }];
  });
}
