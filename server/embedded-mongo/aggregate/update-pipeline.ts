import { identicalValues } from "../bson/compare.js";
import type { Doc, Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import type { Update } from "../update/compile-update.js";
import { replaceDocument } from "../update/replace-document.js";
import { commandVariables, type CommandVariables } from "./compile-expression.js";
import { compileUpdateStages } from "./stages/output-stages.js";

/**
 * Compiles an update that is a pipeline of `$set`, `$unset`, `$project`, `$replaceWith` and their
 * other names. Throws 72 (InvalidOptions) for any other stage.
 */
export function compilePipelineUpdate(
  pipeline: readonly Value[],
  variables: CommandVariables = commandVariables(),
): Update {
  const run = compileUpdateStages(pipeline, {
    database: "",
    variables,
    readCollection: () => {
      throw mongoError(72, "an update reads no other collection");
    },
  });
  return {
    isReplacement: false,
    apply: (before, _positional, onInsert = false) => {
      const after: Doc = run(before);
      const doc = replaceDocument(before, after);
      return { doc, changed: onInsert || !identicalValues(before, doc) };
    },
  };
}
