import { mongoError } from "../mongo-error.js";
import { arrayIndexOf } from "../query/field-path.js";

/** A path of an update operator, checked. Parts may be `$`, `$[]` and `$[identifier]`. */
export interface UpdatePath {
  readonly text: string;
  readonly parts: readonly string[];
  /** Has a part that stands for one or several array elements. */
  readonly dynamic: boolean;
}

/** Parses the path of an update operator. Throws 56 for empty parts, 52 for `$` names, 2 for a misplaced `$`. */
export function parseUpdatePath(text: string): UpdatePath {
  if (text === "") throw mongoError(56, "An empty update path is not valid.");
  const parts = text.split(".");
  let dynamic = false;
  let positionals = 0;
  parts.forEach((part, index) => {
    if (part === "")
      throw mongoError(
        56,
        `The update path '${text}' contains an empty field name, which is not allowed.`,
      );
    if (!part.startsWith("$")) return;
    if (part === "$" || isArrayPart(part)) {
      dynamic = true;
      if (part === "$" && ++positionals > 1)
        throw mongoError(2, `Too many positional (i.e. '$') elements found in path '${text}'`);
      if (index === 0)
        throw mongoError(
          2,
          `Cannot have ${part === "$" ? "positional (i.e. '$')" : "array filter identifier (i.e. '$[<id>]')"} element in the first position in path '${text}'`,
        );
    } else if (!["$ref", "$id", "$db"].includes(part) || index === 0)
      throw mongoError(
        52,
        `The dollar ($) prefixed field '${part}' in '${text}' is not valid for storage.`,
      );
  });
  return { text, parts, dynamic };
}

/** `$[]` or `$[identifier]`. */
export function isArrayPart(part: string): boolean {
  return part.startsWith("$[") && part.endsWith("]");
}

/** The order in which MongoDB applies operators: by name, numeric names by number. */
export function comparePaths(a: UpdatePath, b: UpdatePath): number {
  const length = Math.min(a.parts.length, b.parts.length);
  for (let i = 0; i < length; i++) {
    const partA = a.parts[i] ?? "";
    const partB = b.parts[i] ?? "";
    if (partA === partB) continue;
    const indexA = arrayIndexOf(partA);
    const indexB = arrayIndexOf(partB);
    if (indexA >= 0 && indexB >= 0) return indexA - indexB;
    return partA < partB ? -1 : 1;
  }
  return a.parts.length - b.parts.length;
}

/** Throws 40 when two paths are the same, or one leads through the other. */
export class PathConflicts {
  private readonly taken = new Map<string, string>();
  private readonly prefixes = new Set<string>();

  add(parts: readonly string[]): void {
    const whole = parts.join(".");
    let prefix = "";
    for (const part of parts) {
      prefix = prefix === "" ? part : `${prefix}.${part}`;
      if (this.taken.has(prefix)) throw conflict(whole, prefix);
    }
    if (this.prefixes.has(whole)) throw conflict(whole, whole);
    this.taken.set(whole, whole);
    prefix = "";
    for (const part of parts) {
      prefix = prefix === "" ? part : `${prefix}.${part}`;
      this.prefixes.add(prefix);
    }
  }
}

function conflict(path: string, at: string): Error {
  return mongoError(40, `Updating the path '${path}' would create a conflict at '${at}'`);
}
