import type { Doc, Value } from "../../bson/value.js";

/** One keyword of a `$jsonSchema`: says what is wrong with a value, or undefined where it holds. */
export type Rule = (value: Value) => Doc | undefined;

/** A compiled `$jsonSchema`. */
export interface Schema {
  /** The rules that the value breaks, in the words of MongoDB's `errInfo`; none where it is valid. */
  broken(value: Value): Doc[];
  /** `title` and `description`, which MongoDB repeats beside what is wrong. */
  readonly notes: Doc;
}

/** Compiles a schema within a schema; `where` names the keyword that holds it. */
export type CompileSchema = (schema: Value, where: string) => Schema;

/** Compiles the operand of a keyword; `schema` is the whole, for keywords that belong together. */
export type KeywordCompiler = (operand: Value, schema: Doc, compile: CompileSchema) => Rule;
