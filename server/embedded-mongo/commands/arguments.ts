import { isDoc, isNumber, typeNameOf, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";

/** What stands for a filter, sort or options that were not given. */
export const noFields: Doc = new Map();

/** Reads the fields of a command with mongod's type errors (code 14) and unknown-field errors (40415). */
export class Arguments {
  constructor(
    readonly name: string,
    readonly body: Doc,
  ) {}

  has(field: string): boolean {
    return this.body.has(field);
  }

  /** Takes over a field that stands in the command for all its statements. */
  inherit(command: Arguments, field: string): void {
    const value = command.raw(field);
    if (value !== undefined) this.body.set(field, value);
  }

  raw(field: string): Value | undefined {
    return this.body.get(field);
  }

  #wrong(field: string, value: Value, expected: string): never {
    throw mongoError(
      14,
      `BSON field '${this.name}.${field}' is the wrong type '${typeNameOf(value)}', expected type '${expected}'`,
    );
  }

  #missing(field: string): never {
    throw mongoError(40414, `BSON field '${this.name}.${field}' is missing but a required field`);
  }

  text(field: string): string | undefined {
    const value = this.body.get(field);
    if (value === undefined || value === null) return undefined;
    return typeof value === "string" ? value : this.#wrong(field, value, "string");
  }

  requiredText(field: string): string {
    return this.text(field) ?? this.#missing(field);
  }

  doc(field: string): Doc | undefined {
    const value = this.body.get(field);
    if (value === undefined || value === null) return undefined;
    return isDoc(value) ? value : this.#wrong(field, value, "object");
  }

  requiredDoc(field: string): Doc {
    return this.doc(field) ?? this.#missing(field);
  }

  list(field: string): Value[] | undefined {
    const value = this.body.get(field);
    if (value === undefined || value === null) return undefined;
    return Array.isArray(value) ? value : this.#wrong(field, value, "array");
  }

  docs(field: string): Doc[] | undefined {
    return this.list(field)?.map((item, at) =>
      isDoc(item) ? item : this.#wrong(`${field}.${at}`, item, "object"),
    );
  }

  /** A boolean; numbers count as mongod's "safe bool". */
  flag(field: string): boolean {
    const value = this.body.get(field);
    if (value === undefined || value === null) return false;
    if (typeof value === "boolean") return value;
    return isNumber(value) ? Number(value.toString()) !== 0 : this.#wrong(field, value, "bool");
  }

  /** A whole number; fractions are cut off as mongod does. */
  integer(field: string): number | undefined {
    const value = this.body.get(field);
    if (value === undefined || value === null) return undefined;
    if (!isNumber(value)) return this.#wrong(field, value, "long");
    return Math.trunc(Number(value.toString()));
  }

  /** A whole number that must not be negative (code 51024). */
  count(field: string): number | undefined {
    const value = this.integer(field);
    if (value !== undefined && (value < 0 || Number.isNaN(value)))
      throw mongoError(51024, `BSON field '${field}' value must be >= 0, actual value '${value}'`);
    return value;
  }

  /** Refuses, by name, every field that is neither generic nor listed. */
  onlyFields(known: ReadonlySet<string>): void {
    for (const field of this.body.keys())
      if (!known.has(field) && !genericFields.has(field))
        throw mongoError(40415, `BSON field '${this.name}.${field}' is an unknown field.`);
  }
}

const genericFields: ReadonlySet<string> = new Set([
  "$db",
  "$audit",
  "$client",
  "$clusterTime",
  "$configServerState",
  "$readPreference",
  "apiDeprecationErrors",
  "apiStrict",
  "apiVersion",
  "comment",
  "lsid",
  "maxTimeMS",
  "maxTimeMSOpOnly",
  "readConcern",
  "serialization_context",
  "writeConcern",
]);
