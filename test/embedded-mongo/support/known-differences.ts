import type { Fields } from "./arbitrary-commands.js";

/**
 * Where mongo-java-server and this server differ, and what the MongoDB manual says. `leftOut` is
 * not generated when the two are compared; the others are recognised by the command and the answers.
 */
export const knownDifferences: readonly {
  readonly here: string;
  readonly manual: string;
  readonly applies: "leftOut" | ((command: Fields, here: string, there: string) => boolean);
}[] = [
  {
    here: "$inc, $mul, $push, $addToSet, $pop and $pull of a field that is null are errors; there null counts as missing",
    manual: "$inc: use of the operator on a field with a null value generates an error",
    applies: ({ update, docs }, here) =>
      here === "refused" &&
      /"\$(inc|mul|push|addToSet|pop|pull)"/.test(JSON.stringify(update)) &&
      JSON.stringify(docs).includes("null"),
  },
  {
    here: "an update that names a path twice, or a path and one below it, is an error (40); there the last wins",
    manual: "update operators must not conflict: ConflictingUpdateOperators",
    applies: "leftOut",
  },
  {
    here: "new fields are added in order of their names; there in the order of the update",
    manual:
      "since 5.0 update operators process fields in lexicographic order, numeric names by number",
    applies: "leftOut",
  },
  {
    here: "$pop and $pull below a number or text are errors (28); there they change nothing",
    manual: "a path that leads through a scalar is not viable: PathNotViable",
    applies: "leftOut",
  },
  {
    here: "$gte: null and $lte: null match null and missing; there nothing",
    manual: "comparisons with null match as equality does",
    applies: "leftOut",
  },
  {
    here: "{ field: {} } matches an empty document only; there everything",
    manual: "equality on an embedded document needs an exact match",
    applies: "leftOut",
  },
  {
    here: "$all of one value matches a field that is no array; there it does not",
    manual: "$all: [x] is the same as equality with x",
    applies: "leftOut",
  },
  {
    here: "$mod of numbers beyond int32 is exact; there it overflows",
    manual: "$mod divides the value, of whatever number type",
    applies: "leftOut",
  },
  {
    here: "negations and null on a path through an array of scalars or an empty array follow the positive match; there not",
    manual: "$ne, $nin, $not and $exists: false select what the positive operator does not",
    applies: "leftOut",
  },
  {
    here: "an empty array sorts before null, and under a dotted path as null; there the other way or by accident",
    manual: "an empty array sorts as less than null or a missing field",
    applies: "leftOut",
  },
  {
    here: '$group keeps "x" and ["x"] apart; there they are one group',
    manual: "$group groups by the value of the expression",
    applies: "leftOut",
  },
  {
    here: "two conditions on an array may hold for two different elements; there one element has to meet both",
    manual:
      "query an array with compound filter conditions: one element or any combination of elements",
    applies: "leftOut",
  },
  {
    here: "$redact descends with $cond of two variables; there that is refused",
    manual: "$redact: any valid expression that resolves to $$DESCEND, $$PRUNE or $$KEEP",
    applies: "leftOut",
  },
  {
    here: "$graphLookup begins with documents whose connectToField has the value of startWith; there with others, or none",
    manual: "$graphLookup: startWith is matched against the connectToField of other documents",
    applies: "leftOut",
  },
  {
    here: "views, validators, collMod and $jsonSchema; there unknown, so that they are compared with and without indexes only",
    manual: "views, schema validation",
    applies: "leftOut",
  },
  {
    here: "$type is an expression too; there it is unknown",
    manual: "$type (aggregation)",
    applies: "leftOut",
  },
];

/** Whether a difference between two answers to a command is one of those above. */
export function isKnownDifference(command: Fields, here: string, there: string): boolean {
  return knownDifferences.some(
    ({ applies }) => applies !== "leftOut" && applies(command, here, there),
  );
}
