import { describeElement, describeValue } from "../bson/describe-value.js";
import type { Doc, Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { arrayIndexOf } from "../query/field-path.js";
import type { ArrayFilters } from "./array-filters.js";
import { removed, unchanged, type Modified, type Modifier } from "./modifier.js";
import { isArrayPart, type PathConflicts, type UpdatePath } from "./update-path.js";

/** MongoDB pads an array with nulls for an index past its end, this far. */
const maxPadding = 1_500_000;

/** One document being updated. */
export interface ApplyState {
  readonly id: string;
  readonly position: number | undefined;
  readonly filters: ArrayFilters;
  /** The paths touched so far, for paths of which only the document says where they lead. */
  readonly conflicts: PathConflicts | undefined;
}

/** Applies a modifier at its path, in place. Gives whether anything changed. */
export function applyModifier(
  doc: Doc,
  path: UpdatePath,
  modifier: Modifier,
  state: ApplyState,
): boolean {
  return descend(doc, "", { path, modifier, state, taken: [] }, 0);
}

interface Walk {
  readonly path: UpdatePath;
  readonly modifier: Modifier;
  readonly state: ApplyState;
  /** The path so far, with array indexes in place of `$` parts. */
  readonly taken: string[];
}

function descend(container: Doc | Value[], name: string, walk: Walk, at: number): boolean {
  const part = walk.path.parts[at] ?? "";
  if (isArrayPart(part)) {
    if (!Array.isArray(container)) throw notAnArray(name, container);
    return descendAll(container, part, walk, at);
  }
  const field = part === "$" ? positionOf(walk) : part;
  if (!Array.isArray(container)) return step(container, field, walk, at);
  return arrayIndexOf(field) >= 0
    ? step(container, field, walk, at)
    : cannotCreate(walk, field, name, container);
}

function positionOf(walk: Walk): string {
  if (walk.state.position === undefined)
    throw mongoError(2, "The positional operator did not find the match needed from the query.");
  return String(walk.state.position);
}

function descendAll(array: Value[], part: string, walk: Walk, at: number): boolean {
  const passes = part === "$[]" ? () => true : walk.state.filters.get(part.slice(2, -1));
  let changed = false;
  for (let index = 0; index < array.length; index++)
    if (passes?.(array[index] ?? null) === true && step(array, String(index), walk, at))
      changed = true;
  return changed;
}

/** One part further: to the end, or into the value that is (or has to be made) there. */
function step(container: Doc | Value[], field: string, walk: Walk, at: number): boolean {
  const { path, modifier } = walk;
  walk.taken[at] = field;
  walk.taken.length = at + 1;
  const current = Array.isArray(container) ? container[Number(field)] : container.get(field);
  if (at === path.parts.length - 1) {
    walk.state.conflicts?.add(walk.taken);
    if (current === undefined && modifier.onMissing !== "create") return false;
    const place = { path: walk.taken.join("."), field, id: walk.state.id };
    return store(container, field, modifier.apply(current, place));
  }
  if (current instanceof Map || Array.isArray(current))
    return descend(current, field, walk, at + 1);
  const next = path.parts[at + 1] ?? "";
  if (current !== undefined) {
    if (isArrayPart(next)) throw notAnArray(field, current);
    if (next === "$") positionOf(walk);
    return cannotCreate(walk, next, field, current);
  }
  if (isArrayPart(next))
    throw mongoError(
      2,
      `The path '${walk.taken.join(".")}' must exist in the document in order to apply array updates.`,
    );
  if (modifier.onMissing !== "create") return false;
  const made: Doc = new Map();
  if (!descend(made, field, walk, at + 1)) return false;
  return store(container, field, { value: made });
}

function store(container: Doc | Value[], field: string, result: Modified): boolean {
  if (result === unchanged) return false;
  if (!Array.isArray(container)) {
    if (result === removed) container.delete(field);
    else container.set(field, result.value);
    return true;
  }
  const index = Number(field);
  if (index - container.length > maxPadding)
    throw mongoError(2, `can't backfill more than ${maxPadding} elements`);
  while (container.length < index) container.push(null);
  container[index] = result === removed ? null : result.value;
  return true;
}

function cannotCreate(
  { modifier, path }: Walk,
  field: string,
  name: string,
  element: Value,
): false {
  if (modifier.onMissing === "ignore") return false;
  const shown = describeElement(name, element);
  throw mongoError(
    28,
    modifier.onMissing === "create"
      ? `Cannot create field '${field}' in element ${shown}`
      : `Cannot use the part (${field}) of (${path.text}) to traverse the element (${shown})`,
  );
}

function notAnArray(name: string, value: Value): Error {
  return mongoError(
    2,
    `Cannot apply array updates to non-array element ${name}: ${describeValue(value)}`,
  );
}
