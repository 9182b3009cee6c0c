import type { Doc, Value } from "../../bson/value.js";
import { describeValue } from "../../bson/describe-value.js";
import { mongoError } from "../../mongo-error.js";
import { compileExpression } from "../compile-expression.js";
import { withNames, withVariable, type Env } from "../expression.js";
import type { StageCompiler } from "../pipeline-context.js";

/** The variables that a `$redact` answers with; what they hold never leaves the stage. */
const answers = { DESCEND: "descend", PRUNE: "prune", KEEP: "keep" } as const;

/** `$redact`: asks an expression of every document, and where it says so of those inside. */
export const compileRedact: StageCompiler = (operand, context) => {
  const { frame, now } = context.variables;
  // $$ROOT stays the whole document where fields are those of the document at hand
  const scope = withNames(context.variables.scope, ["ROOT", ...Object.keys(answers)]);
  const ask = compileExpression(operand, scope);

  function redactDoc(doc: Doc, env: Env): Doc | undefined {
    const answer = ask({ ...env, root: doc });
    if (answer === answers.KEEP) return doc;
    if (answer === answers.PRUNE) return undefined;
    if (answer !== answers.DESCEND)
      throw mongoError(
        17053,
        "$redact's expression should not return anything aside from the variables $$KEEP, " +
          `$$DESCEND, and $$PRUNE, but returned ${describeValue(answer ?? null)}`,
      );
    const kept: Doc = new Map();
    for (const [name, value] of doc) {
      const redacted = redactValue(value, env);
      if (redacted !== undefined) kept.set(name, redacted);
    }
    return kept;
  }

  function redactValue(value: Value, env: Env): Value | undefined {
    if (value instanceof Map) return redactDoc(value, env);
    if (!Array.isArray(value)) return value;
    return value.flatMap((item) => {
      const redacted = redactValue(item, env);
      return redacted === undefined ? [] : [redacted];
    });
  }

  return async function* (input) {
    for await (const root of input) {
      let env: Env = withVariable({ root, frame, now }, "ROOT", root);
      for (const [name, answer] of Object.entries(answers)) env = withVariable(env, name, answer);
      const redacted = redactDoc(root, env);
      if (redacted !== undefined) yield redacted;
    }
  };
};
