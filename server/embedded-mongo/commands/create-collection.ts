import { mongoError } from "../mongo-error.js";
import { refuseCollation, refuseUnsupported } from "../reads/parse-query.js";
import { okReply, type CommandHandler } from "./command.js";
import { parseView, saveView } from "./define-view.js";
import { checkNewName, namedCollection, namespaceFor, viewAt } from "./namespaces.js";
import { parseValidation, validationOptions } from "./validator.js";

/** `create`: a collection, or with `viewOn` a view. */
export const createCollection: CommandHandler = {
  fields: [
    "create",
    "autoIndexId",
    "capped",
    "changeStreamPreAndPostImages",
    "clusteredIndex",
    "collation",
    "encryptedFields",
    "expireAfterSeconds",
    "idIndex",
    "indexOptionDefaults",
    "max",
    "pipeline",
    "size",
    "storageEngine",
    "timeseries",
    "viewOn",
    ...validationOptions,
  ],
  run: async (context, command) => {
    const { args, database } = command;
    const namespace = namespaceFor(command);
    refuseCollation(args);
    refuseUnsupported(args, [
      "capped",
      "changeStreamPreAndPostImages",
      "clusteredIndex",
      "encryptedFields",
      "expireAfterSeconds",
      "timeseries",
    ]);
    const name = namedCollection(command);
    checkNewName(database, name);
    if (args.has("pipeline") && !args.has("viewOn"))
      throw mongoError(72, "'pipeline' requires 'viewOn' to also be specified");
    const view = args.has("viewOn") ? parseView(args, database, name) : undefined;
    for (const option of view === undefined ? [] : validationOptions)
      if (args.has(option)) throw mongoError(72, `'${option}' is not allowed with 'viewOn'`);
    const options = parseValidation(args, database);
    await context.store.write(() => {
      const { catalog } = context.store;
      if (catalog.find(namespace) !== undefined)
        throw mongoError(48, `Collection ${namespace} already exists.`);
      if (viewAt(context, namespace) !== undefined)
        throw mongoError(48, `A view already exists. NS: ${namespace}`);
      if (view === undefined) catalog.create(database, name, options);
      else saveView(context, view);
    });
    return okReply();
  },
};
