import { Code as DriverCode, DBRef } from "bson";
import { Code, DBPointer, FarDate, type Doc, type Value } from "../bson/value.js";

/** What bson's serializer takes: documents as Maps, which keep the order of their fields. */
export type DriverDocument = Map<string, unknown>;

/** Counts what a driver cannot send as it was. */
export interface Losses {
  undefinedAsNull: number;
}

/** A document for the driver. Throws an Error for a date that no driver can send. */
export function toDriver(doc: Doc, losses: Losses): DriverDocument {
  const converted: DriverDocument = new Map();
  for (const [name, value] of doc) converted.set(name, convert(value, losses));
  return converted;
}

function convert(value: Value, losses: Losses): unknown {
  if (value instanceof Map) return toDriver(value, losses);
  if (Array.isArray(value)) return value.map((item) => convert(item, losses));
  if (typeof value === "symbol") {
    losses.undefinedAsNull += 1;
    return null;
  }
  if (value instanceof FarDate)
    throw new Error("a date lies outside what JavaScript's dates can hold");
  if (value instanceof Code)
    return new DriverCode(
      value.code,
      value.scope && Object.fromEntries(toDriver(value.scope, losses)),
    );
  if (value instanceof DBPointer) return new DBRef(value.namespace, value.id);
  return value;
}
