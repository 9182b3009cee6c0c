import { identicalValues } from "../bson/compare.js";
import { describeElement, describeValue } from "../bson/describe-value.js";
import { cloneDoc, typeNameOf, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { applyModifier, type ApplyState } from "./apply-modifier.js";
import { checkIdentifiers, compileArrayFilters, type ArrayFilters } from "./array-filters.js";
import {
  addToSetModifier,
  popModifier,
  pullAllModifier,
  pullModifier,
  pushModifier,
} from "./array-modifiers.js";
import {
  arithmeticModifier,
  bitModifier,
  currentDateModifier,
  limitModifier,
  setModifier,
  unsetModifier,
} from "./field-modifiers.js";
import type { Modifier } from "./modifier.js";
import { parseRename, renameField, type Rename } from "./rename-field.js";
import { compileReplacement } from "./replace-document.js";
import { comparePaths, parseUpdatePath, PathConflicts, type UpdatePath } from "./update-path.js";

/** A compiled update. */
export interface Update {
  /**
   * The document after the update; `doc` itself stays as it is. `positional` is what `$` in a path
   * stands for, `onInsert` is set when an upsert makes the document.
   */
  apply(doc: Doc, positional?: number, onInsert?: boolean): { doc: Doc; changed: boolean };
  /** The update is a whole document that takes the place of the old one. */
  readonly isReplacement: boolean;
}

/**
 * Compiles the update document of an update command: operators, or a replacement. Throws what
 * MongoDB throws for it: 9 (FailedToParse), 2 (BadValue), 40 (ConflictingUpdateOperators) …
 */
export function compileUpdate(update: Doc, arrayFilters: readonly Doc[] = []): Update {
  const [first] = update.keys();
  if (first?.startsWith("$") !== true) {
    if (arrayFilters.length > 0)
      throw mongoError(9, "arrayFilters may not be specified for a replacement-style update");
    return compileReplacement(update);
  }
  const filters = compileArrayFilters(arrayFilters);
  const steps = parseOperators(update);
  checkIdentifiers(
    filters,
    steps.map(({ path }) => path),
    update,
  );
  steps.sort((a, b) => comparePaths(a.path, b.path));
  const dynamic = steps.some(({ path }) => path.dynamic);
  return {
    isReplacement: false,
    apply: (doc, position, onInsert = false) =>
      applySteps(doc, steps, { filters, position, onInsert, dynamic }),
  };
}

/** One operator on one path. */
type Step = { readonly path: UpdatePath } & (
  { readonly modifier: Modifier } | { readonly rename: Rename }
);

interface ApplyOptions {
  readonly filters: ArrayFilters;
  readonly position: number | undefined;
  readonly onInsert: boolean;
  readonly dynamic: boolean;
}

function applySteps(
  before: Doc,
  steps: readonly Step[],
  { filters, position, onInsert, dynamic }: ApplyOptions,
): { doc: Doc; changed: boolean } {
  const doc = cloneDoc(before);
  const id = before.get("_id");
  const state: ApplyState = {
    id: id === undefined ? "" : describeValue(id),
    position,
    filters,
    conflicts: dynamic ? new PathConflicts() : undefined,
  };
  let changed = false;
  for (const step of steps) {
    if ("rename" in step) changed = renameField(doc, step.rename, state) || changed;
    else if (step.modifier.onlyOnInsert !== true || onInsert)
      changed = applyModifier(doc, step.path, step.modifier, state) || changed;
  }
  if (!onInsert && id !== undefined) checkId(id, doc.get("_id"), steps);
  return { doc: changed ? doc : before, changed };
}

function checkId(before: Value, after: Value | undefined, steps: readonly Step[]): void {
  if (after !== undefined && identicalValues(before, after)) return;
  const step = steps.find(({ path }) => path.parts[0] === "_id");
  throw mongoError(
    66,
    `Performing an update on the path '${step?.path.text ?? "_id"}' would modify the immutable field '_id'`,
  );
}

function parseOperators(update: Doc): Step[] {
  const steps: Step[] = [];
  const conflicts = new PathConflicts();
  for (const [operator, fields] of update) {
    if (!operator.startsWith("$") || !operators.has(operator))
      throw mongoError(
        9,
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style ` +
          "update specified as an array",
      );
    if (!(fields instanceof Map))
      throw mongoError(
        9,
        `Modifiers operate on fields but we found type ${typeNameOf(fields)} instead. For ` +
          `example: {$mod: {<field>: ...}} not ${describeElement(operator, fields)}`,
      );
    for (const [text, operand] of fields) {
      const path = parseUpdatePath(text);
      conflicts.add(path.parts);
      if (operator === "$rename") {
        const rename = parseRename(path, operand);
        conflicts.add(rename.to.parts);
        steps.push({ path: rename.to, rename });
      } else steps.push({ path, modifier: compileModifier(operator, text, operand) });
    }
  }
  return steps;
}

const operators = new Set([
  "$addToSet",
  "$bit",
  "$currentDate",
  "$inc",
  "$max",
  "$min",
  "$mul",
  "$pop",
  "$pull",
  "$pullAll",
  "$push",
  "$rename",
  "$set",
  "$setOnInsert",
  "$unset",
]);

function compileModifier(operator: string, path: string, operand: Value): Modifier {
  switch (operator) {
    case "$set":
      return setModifier(operand);
    case "$setOnInsert":
      return setModifier(operand, true);
    case "$unset":
      return unsetModifier;
    case "$inc":
    case "$mul":
      return arithmeticModifier(operator, path, operand);
    case "$min":
    case "$max":
      return limitModifier(operator, operand);
    case "$currentDate":
      return currentDateModifier(operand);
    case "$bit":
      return bitModifier(path, operand);
    case "$push":
      return pushModifier(operand);
    case "$addToSet":
      return addToSetModifier(operand);
    case "$pop":
      return popModifier(operand);
    case "$pull":
      return pullModifier(operand);
    default:
      return pullAllModifier(operand);
  }
}
