import { isNumber, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { isTruthy } from "./truthiness.js";

/** Gives the value of a computed field; undefined leaves the field out. */
export type Compute = (doc: Doc) => Value | undefined;

/** What a projection does with one field. */
export type ProjectionNode =
  | { readonly kind: "include" | "exclude" }
  | { readonly kind: "compute"; readonly compute: Compute }
  /** Replaces a value that is there; undefined leaves the field out. */
  | { readonly kind: "transform"; readonly transform: (value: Value) => Value | undefined }
  | ProjectionBranch;

export interface ProjectionBranch {
  readonly kind: "branch";
  readonly children: Map<string, ProjectionNode>;
}

export interface ProjectionTree {
  readonly root: ProjectionBranch;
  readonly mode: "inclusion" | "exclusion";
}

/** Turns an operator document or a literal of a projection into a node; undefined: not understood. */
type ParseOperator = (path: string, value: Value) => ProjectionNode | undefined;

/**
 * Parses a projection: `path: 1` or 0, nested documents, and whatever `parseOperator` understands.
 * Throws 31253 and 31254 for a mixture of inclusion and exclusion, 31249 and 31250 for collisions.
 */
export function parseProjection(projection: Doc, parseOperator: ParseOperator): ProjectionTree {
  const root: ProjectionBranch = { kind: "branch", children: new Map() };
  const state: ParseState = { mode: undefined, idNode: undefined, parseOperator };
  parseFields(projection, "", root, state);
  const mode =
    state.mode ?? (state.idNode?.kind === "include" && hasOnlyId(root) ? "inclusion" : "exclusion");
  if (mode === "inclusion" && state.idNode === undefined)
    root.children.set("_id", { kind: "include" });
  return { root, mode };
}

interface ParseState {
  mode: "inclusion" | "exclusion" | undefined;
  idNode: ProjectionNode | undefined;
  readonly parseOperator: ParseOperator;
}

function hasOnlyId(root: ProjectionBranch): boolean {
  return root.children.size === 1;
}

function parseFields(fields: Doc, prefix: string, root: ProjectionBranch, state: ParseState): void {
  for (const [name, value] of fields) {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const node = parseNode(path, value, state);
    if (node === undefined) {
      if (!(value instanceof Map)) throw mongoError(2, `invalid projection of field '${path}'`);
      if (value.size === 0)
        throw mongoError(
          51270,
          "An empty sub-projection is not a valid value. Found empty object at path",
        );
      parseFields(value, path, root, state);
      continue;
    }
    if (path === "_id") state.idNode = node;
    else noteMode(path, node, state);
    addNode(root, path, node);
  }
}

function parseNode(path: string, value: Value, state: ParseState): ProjectionNode | undefined {
  if (typeof value === "boolean" || isNumber(value))
    return { kind: isTruthy(value) ? "include" : "exclude" };
  return state.parseOperator(path, value);
}

function noteMode(path: string, node: ProjectionNode, state: ParseState): void {
  if (node.kind === "transform") return;
  const mode = node.kind === "exclude" ? "exclusion" : "inclusion";
  if (state.mode !== undefined && state.mode !== mode)
    throw mode === "inclusion"
      ? mongoError(31253, `Cannot do inclusion on field ${path} in exclusion projection`)
      : mongoError(31254, `Cannot do exclusion on field ${path} in inclusion projection`);
  state.mode = mode;
}

/** Puts a node at a dotted path of the tree. */
export function addNode(root: ProjectionBranch, path: string, node: ProjectionNode): void {
  const parts = checkedParts(path);
  let branch = root;
  for (let i = 0; i < parts.length - 1; i++) {
    const part = parts[i] ?? "";
    let child = branch.children.get(part);
    if (child === undefined) {
      child = { kind: "branch", children: new Map() };
      branch.children.set(part, child);
    }
    if (child.kind !== "branch")
      throw mongoError(
        31249,
        `Path collision at ${path} remaining portion ${parts.slice(i + 1).join(".")}`,
      );
    branch = child;
  }
  const last = parts.at(-1) ?? "";
  if (branch.children.has(last)) throw mongoError(31250, `Path collision at ${path}`);
  branch.children.set(last, node);
}

function checkedParts(path: string): string[] {
  if (path === "") throw mongoError(40352, "FieldPath cannot be constructed with empty string");
  if (path.endsWith(".")) throw mongoError(40353, "FieldPath must not end with a '.'.");
  const parts = path.split(".");
  for (const part of parts) {
    if (part === "") throw mongoError(15998, "FieldPath field names may not be empty strings.");
    if (part.startsWith("$") && part !== "$id" && part !== "$ref" && part !== "$db")
      throw mongoError(
        16410,
        "FieldPath field names may not start with '$'. Consider using $getField or $setField.",
      );
  }
  return parts;
}

/** Applies a parsed projection; the result shares the values it keeps with `doc`. */
export function applyProjection(tree: ProjectionTree, doc: Doc): Doc {
  const kept =
    tree.mode === "inclusion" ? includeFields(doc, tree.root) : excludeFields(doc, tree.root);
  return hasComputed(tree.root) ? computeFields(kept, tree.root, doc) : kept;
}

/** `$addFields`: sets the computed fields, in place where they are there already. */
export function applyComputed(root: ProjectionBranch, doc: Doc): Doc {
  return computeFields(new Map(doc), root, doc);
}

function includeFields(doc: Doc, branch: ProjectionBranch): Doc {
  const kept: Doc = new Map();
  for (const [name, value] of doc) {
    const node = branch.children.get(name);
    if (node === undefined || node.kind === "exclude" || node.kind === "compute") continue;
    const projected = projectValue(node, value, true);
    if (projected !== undefined) kept.set(name, projected);
  }
  return kept;
}

function excludeFields(doc: Doc, branch: ProjectionBranch): Doc {
  const kept: Doc = new Map();
  for (const [name, value] of doc) {
    const node = branch.children.get(name);
    const projected = node === undefined ? value : projectValue(node, value, false);
    if (projected !== undefined) kept.set(name, projected);
  }
  return kept;
}

function projectValue(node: ProjectionNode, value: Value, inclusion: boolean): Value | undefined {
  switch (node.kind) {
    case "include":
      return value;
    case "exclude":
      return undefined;
    case "transform":
      return node.transform(value);
    case "compute":
      return value;
    case "branch":
      if (value instanceof Map)
        return inclusion ? includeFields(value, node) : excludeFields(value, node);
      if (Array.isArray(value)) {
        const items = value.map((item) => projectValue(node, item, inclusion));
        return items.filter((item) => item !== undefined);
      }
      return inclusion ? undefined : value;
  }
}

const computedBranches = new WeakMap<ProjectionBranch, boolean>();

function hasComputed(branch: ProjectionBranch): boolean {
  let known = computedBranches.get(branch);
  if (known === undefined) {
    known = [...branch.children.values()].some(
      (node) => node.kind === "compute" || (node.kind === "branch" && hasComputed(node)),
    );
    computedBranches.set(branch, known);
  }
  return known;
}

function computeFields(target: Doc, branch: ProjectionBranch, root: Doc): Doc {
  for (const [name, node] of branch.children) {
    if (node.kind === "compute") {
      const value = node.compute(root);
      if (value === undefined) target.delete(name);
      else target.set(name, value);
    } else if (node.kind === "branch" && hasComputed(node))
      target.set(name, computeInto(target.get(name), node, root));
  }
  return target;
}

/** Into every document of an array; anything else than a document gives way to one. */
function computeInto(value: Value | undefined, branch: ProjectionBranch, root: Doc): Value {
  if (Array.isArray(value)) return value.map((item) => computeInto(item, branch, root));
  const target: Doc = value instanceof Map ? new Map(value) : new Map<string, Value>();
  return computeFields(target, branch, root);
}
