import { describeElement } from "../bson/describe-value.js";
import type { Doc, Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { applyModifier, type ApplyState } from "./apply-modifier.js";
import { setModifier, unsetModifier } from "./field-modifiers.js";
import { parseUpdatePath, type UpdatePath } from "./update-path.js";

export interface Rename {
  readonly from: UpdatePath;
  readonly to: UpdatePath;
}

export function parseRename(from: UpdatePath, operand: Value): Rename {
  if (typeof operand !== "string")
    throw mongoError(
      2,
      `The 'to' field for $rename must be a string: ${describeElement(from.text, operand).slice(1, -1)}`,
    );
  if (operand.includes("\0"))
    throw mongoError(2, "The 'to' field for $rename cannot contain an embedded null byte");
  const to = parseUpdatePath(operand);
  if (from.text === to.text)
    throw mongoError(
      2,
      `The source and target field for $rename must differ: ${from.text}: "${to.text}"`,
    );
  if (from.dynamic)
    throw mongoError(2, `The source field for $rename may not be dynamic: ${from.text}`);
  if (to.dynamic)
    throw mongoError(2, `The destination field for $rename may not be dynamic: ${to.text}`);
  return { from, to };
}

/** Moves a field, in place. Nothing happens where it is missing; arrays may not lie on either path. */
export function renameField(doc: Doc, { from, to }: Rename, state: ApplyState): boolean {
  const value = plainValue(doc, from, "source", state);
  if (value === undefined) return false;
  plainValue(doc, to, "destination", state);
  applyModifier(doc, from, unsetModifier, state);
  applyModifier(doc, to, setModifier(value), state);
  return true;
}

function plainValue(
  doc: Doc,
  path: UpdatePath,
  role: "source" | "destination",
  state: ApplyState,
): Value | undefined {
  let current: Value | undefined = doc;
  for (const part of path.parts) {
    if (Array.isArray(current))
      throw mongoError(
        2,
        `The ${role} field cannot be an array element, '${path.text}' in doc with _id: ${state.id}`,
      );
    if (!(current instanceof Map)) return undefined;
    current = current.get(part);
  }
  return current;
}
