import { Binary, Int32 } from "bson";
import { docOf } from "../bson/from-js.js";
import { isDoc, isNumber, type Doc, type Value } from "../bson/value.js";
import type { IndexSpec } from "../index-keys/index-spec.js";
import { compileFilter } from "../query/compile-filter.js";
import type { Collection, Index } from "./collection.js";

function broken(what: string): never {
  throw new Error(`the catalog is damaged: ${what}`);
}

function textOf(doc: Doc, name: string): string {
  const value = doc.get(name);
  return typeof value === "string" ? value : broken(`'${name}' is not a string`);
}

function numberOf(value: Value | undefined): number | undefined {
  return isNumber(value) ? Number(value.toString()) : undefined;
}

function docIn(doc: Doc, name: string): Doc {
  const value = doc.get(name);
  return isDoc(value) ? value : broken(`'${name}' is not a document`);
}

/** The parts of an index definition that decide its keys. The definition was validated when it was made. */
export function specOf(definition: Doc): IndexSpec {
  const key = [...docIn(definition, "key")].map(([path, direction]): [string, 1 | -1] => [
    path,
    (numberOf(direction) ?? 1) < 0 ? -1 : 1,
  ]);
  const partial = definition.get("partialFilterExpression");
  return {
    name: textOf(definition, "name"),
    key,
    unique: definition.get("unique") === true,
    sparse: definition.get("sparse") === true,
    ...(isDoc(partial) ? { partial: compileFilter(partial) } : {}),
  };
}

/** A new index over nothing yet. */
export function newIndex(table: number, definition: Doc, building: boolean): Index {
  return {
    table,
    definition,
    spec: specOf(definition),
    multikey: false,
    truncated: false,
    building,
    expireAfterSeconds: numberOf(definition.get("expireAfterSeconds")),
  };
}

function encodeIndex(index: Index): Doc {
  return docOf({
    table: index.table,
    definition: index.definition,
    multikey: index.multikey,
    truncated: index.truncated,
    building: index.building,
  });
}

function decodeIndex(value: Value): Index {
  if (!isDoc(value)) return broken("an index is not a document");
  return {
    ...newIndex(
      numberOf(value.get("table")) ?? broken("an index without a table"),
      docIn(value, "definition"),
      false,
    ),
    multikey: value.get("multikey") === true,
    truncated: value.get("truncated") === true,
    building: value.get("building") === true,
  };
}

export function encodeCollection(collection: Collection): Doc {
  return new Map<string, Value>([
    ["database", collection.database],
    ["name", collection.name],
    ["table", new Int32(collection.table)],
    ["uuid", collection.uuid],
    ["options", collection.options],
    ["cutIds", collection.cutIds],
    ["indexes", collection.indexes.map(encodeIndex)],
  ]);
}

export function decodeCollection(doc: Doc): Collection {
  const uuid = doc.get("uuid");
  const indexes = doc.get("indexes");
  return {
    database: textOf(doc, "database"),
    name: textOf(doc, "name"),
    table: numberOf(doc.get("table")) ?? broken("a collection without a table"),
    uuid: uuid instanceof Binary ? uuid : broken("a collection without a uuid"),
    options: docIn(doc, "options"),
    cutIds: doc.get("cutIds") === true,
    indexes: Array.isArray(indexes) ? indexes.map(decodeIndex) : broken("no list of indexes"),
  };
}
