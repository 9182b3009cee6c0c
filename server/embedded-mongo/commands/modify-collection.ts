import { equalValues } from "../bson/compare.js";
import { Long } from "bson";
import { numberOf } from "../bson/plain-number.js";
import { isDoc, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { refuseUnsupported } from "../reads/parse-query.js";
import type { Collection, Index } from "../storage/collection.js";
import { Arguments, noFields } from "./arguments.js";
import { okReply, type CommandHandler, type ServerContext } from "./command.js";
import { parseView, saveView } from "./define-view.js";
import { checkExpiry, isIdKey } from "./index-definition.js";
import {
  getCollection,
  namedCollection,
  namespaceFor,
  refuseSystemViews,
  viewAt,
} from "./namespaces.js";
import { parseValidation, validationOptions } from "./validator.js";

/** `collMod`: another validator, another expiry or visibility of an index, another definition of a view. */
export const modifyCollection: CommandHandler = {
  fields: [
    "collMod",
    "changeStreamPreAndPostImages",
    "cappedMax",
    "cappedSize",
    "dryRun",
    "expireAfterSeconds",
    "index",
    "pipeline",
    "timeseries",
    "viewOn",
    ...validationOptions,
  ],
  run: async (context, command) => {
    const { args, database } = command;
    const namespace = namespaceFor(command);
    refuseSystemViews(namespace);
    refuseUnsupported(args, [
      "changeStreamPreAndPostImages",
      "cappedMax",
      "cappedSize",
      "dryRun",
      "expireAfterSeconds",
      "timeseries",
    ]);
    const validation = parseValidation(args, database);
    const change = args.has("index")
      ? parseIndexChange(new Arguments("collMod.index", args.requiredDoc("index")))
      : undefined;
    const fields = await context.store.write(() => {
      if (viewAt(context, namespace) !== undefined) {
        for (const option of ["index", ...validationOptions])
          if (args.has(option)) throw mongoError(72, `option not supported on a view: ${option}`);
        return modifyView(context, namespace, args, namedCollection(command), database);
      }
      for (const option of ["viewOn", "pipeline"])
        if (args.has(option)) throw mongoError(72, `option only supported on a view: ${option}`);
      const collection = getCollection(context, namespace);
      const changed = change === undefined ? undefined : changeIndex(collection, change);
      const { catalog } = context.store;
      catalog.save({
        ...collection,
        options: withOptions(collection.options, validation),
        indexes: changed?.indexes ?? collection.indexes,
      });
      return changed?.reply ?? {};
    });
    return okReply(fields);
  },
};

function modifyView(
  context: ServerContext,
  namespace: string,
  args: Arguments,
  name: string,
  database: string,
): Record<string, unknown> {
  const view = viewAt(context, namespace);
  if (view === undefined) return {};
  const body: Doc = new Map<string, Value>([
    ["viewOn", args.raw("viewOn") ?? view.viewOn],
    ["pipeline", args.raw("pipeline") ?? [...view.pipeline]],
  ]);
  saveView(context, parseView(new Arguments(args.name, body), database, name));
  return {};
}

/** An empty validator takes it away. */
function withOptions(options: Doc, changes: Doc): Doc {
  const changed: Doc = new Map([...options, ...changes]);
  const validator = changed.get("validator");
  if (isDoc(validator) && validator.size === 0) changed.delete("validator");
  return changed;
}

interface IndexChange {
  readonly wanted: string | Doc;
  readonly expireAfterSeconds: Value | undefined;
  readonly hidden: boolean | undefined;
}

function parseIndexChange(args: Arguments): IndexChange {
  args.onlyFields(
    new Set(["name", "keyPattern", "expireAfterSeconds", "hidden", "unique", "prepareUnique"]),
  );
  refuseUnsupported(args, ["unique", "prepareUnique"]);
  const name = args.text("name");
  const keyPattern = args.doc("keyPattern");
  if (name !== undefined && keyPattern !== undefined)
    throw mongoError(72, "Cannot specify both key pattern and name.");
  const wanted = name ?? keyPattern;
  if (wanted === undefined) throw mongoError(72, "Must specify either index name or key pattern.");
  const expireAfterSeconds = args.raw("expireAfterSeconds");
  const hidden = args.has("hidden") ? args.flag("hidden") : undefined;
  if (expireAfterSeconds === undefined && hidden === undefined)
    throw mongoError(72, "no expireAfterSeconds, hidden, unique, or prepareUnique field");
  return { wanted, expireAfterSeconds, hidden };
}

function changeIndex(
  collection: Collection,
  change: IndexChange,
): { indexes: Index[]; reply: Record<string, unknown> } {
  const { wanted, expireAfterSeconds, hidden } = change;
  if (wanted === "_id_" || (isDoc(wanted) && isIdKey(wanted)))
    throw hidden === undefined
      ? mongoError(72, "the _id field does not support TTL indexes")
      : mongoError(2, "can't hide _id index");
  const index = collection.indexes.find(({ definition }) =>
    isDoc(wanted)
      ? equalValues(definition.get("key") ?? null, wanted)
      : definition.get("name") === wanted,
  );
  if (index === undefined) throw mongoError(27, "cannot find the index for collMod");
  const definition: Doc = new Map(index.definition);
  const reply: Record<string, unknown> = {};
  let expiry = index.expireAfterSeconds;
  if (expireAfterSeconds !== undefined) {
    const key = definition.get("key");
    const seconds = checkExpiry(expireAfterSeconds, isDoc(key) ? key : noFields, 72);
    definition.set("expireAfterSeconds", seconds);
    if (expiry !== undefined) reply["expireAfterSeconds_old"] = Long.fromNumber(expiry);
    expiry = numberOf(seconds);
    reply["expireAfterSeconds_new"] = Long.fromNumber(expiry ?? 0);
  }
  const wasHidden = definition.get("hidden") === true;
  if (hidden !== undefined && hidden !== wasHidden) {
    if (hidden) definition.set("hidden", true);
    else definition.delete("hidden");
    Object.assign(reply, { hidden_old: wasHidden, hidden_new: hidden });
  }
  const changed = { ...index, definition, expireAfterSeconds: expiry };
  return { indexes: collection.indexes.map((one) => (one === index ? changed : one)), reply };
}
