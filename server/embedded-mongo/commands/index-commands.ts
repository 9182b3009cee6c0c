import { equalValues } from "../bson/compare.js";
import { describeValue } from "../bson/describe-value.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import { isDoc, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { idIndexDefinition, type Collection } from "../storage/collection.js";
import { buildIndexes, removeIndexes } from "../storage/index-build.js";
import { noFields } from "./arguments.js";
import { okReply, type CommandHandler, type ServerContext } from "./command.js";
import { listSource } from "../cursors/list-source.js";
import { firstBatchReply } from "./cursor-reply.js";
import { batchSizeIn } from "./catalog-commands.js";
import { isIdKey, parseIndexDefinition } from "./index-definition.js";
import { collectionForWrite, getCollection, namespaceFor } from "./namespaces.js";
import { int } from "../bson/plain-number.js";

const maxIndexes = 64;
const pollMs = 10;

const createIndexes: CommandHandler = {
  fields: ["createIndexes", "indexes", "commitQuorum", "ignoreUnknownIndexOptions"],
  run: async (context, command) => {
    const namespace = namespaceFor(command);
    const entries = command.args.docs("indexes") ?? [];
    if (entries.length === 0) throw mongoError(2, "Must specify at least one index to create");
    const definitions = entries.map(parseIndexDefinition);
    const { store } = context;
    const before = await store.write(() => {
      const made = store.catalog.find(namespace) === undefined;
      const collection = collectionForWrite(context, namespace);
      return {
        made,
        count: collection.indexes.length + 1,
        fresh: newDefinitions(collection, definitions),
      };
    });
    if (before.count + before.fresh.length > maxIndexes)
      throw mongoError(67, `add index fails, too many indexes for ${namespace}`);
    if (before.fresh.length > 0) await buildIndexes(store, namespace, before.fresh);
    await othersBuilt(context, namespace, definitions);
    context.sweepTables();
    return okReply({
      numIndexesBefore: int(before.count),
      numIndexesAfter: int(before.count + before.fresh.length),
      createdCollectionAutomatically: before.made,
      ...(before.fresh.length === 0 ? { note: "all indexes already exist" } : {}),
    });
  },
};

/** Waits for indexes that were asked for here and that another command is building. */
async function othersBuilt(
  context: ServerContext,
  namespace: string,
  definitions: readonly Doc[],
): Promise<void> {
  const names = new Set(definitions.map(nameOf));
  const building = (): boolean =>
    context.store.catalog
      .find(namespace)
      ?.indexes.some((index) => index.building && names.has(index.spec.name)) ?? false;
  while (building()) await new Promise((resolve) => setTimeout(resolve, pollMs));
}

/** Those that are not there yet. Throws 85 or 86 where one is there with the same name or key but differs. */
function newDefinitions(collection: Collection, definitions: readonly Doc[]): Doc[] {
  const known = [
    idIndexDefinition(int(2), int(1)),
    ...collection.indexes.map(({ definition }) => definition),
  ];
  const fresh: Doc[] = [];
  for (const definition of definitions) {
    if (isIdKey(keyOf(definition))) continue;
    if (![...known, ...fresh].some((other) => sameIndex(other, definition))) fresh.push(definition);
  }
  return fresh;
}

function keyOf(definition: Doc): Doc {
  const key = definition.get("key");
  return isDoc(key) ? key : noFields;
}

/** What of a definition makes it an index of its own: two that differ in it may be there side by side. */
const signature = ["unique", "sparse", "partialFilterExpression"];

function sameIndex(there: Doc, wanted: Doc): boolean {
  const sameName = there.get("name") === wanted.get("name");
  const sameSignature =
    equalValues(keyOf(there), keyOf(wanted)) &&
    signature.every((option) => sameField(there, wanted, option));
  if (!sameName && !sameSignature) return false;
  const sameOptions = sameField(there, wanted, "expireAfterSeconds");
  if (sameName && sameSignature && sameOptions) return true;
  const name = nameOf(wanted);
  if (!sameSignature)
    throw mongoError(
      86,
      `An existing index has the same name as the requested index. When index names are not specified, they are auto generated ` +
        `and can cause conflicts. Please refer to our documentation. Requested index name: ${name}`,
    );
  if (sameName)
    throw mongoError(
      85,
      `An equivalent index already exists with the same name but different options. Requested index: ${name}`,
    );
  if (sameOptions)
    throw mongoError(85, `Index already exists with a different name: ${nameOf(there)}`);
  throw mongoError(
    85,
    `An equivalent index already exists with a different name and options. Requested index: ${name}, existing index: ${nameOf(there)}`,
  );
}

function nameOf(definition: Doc): string {
  const name = definition.get("name");
  return typeof name === "string" ? name : "";
}

function sameField(a: Doc, b: Doc, field: string): boolean {
  const one = a.get(field);
  const other = b.get(field);
  return one === undefined || other === undefined ? one === other : equalValues(one, other);
}

const listIndexes: CommandHandler = {
  fields: ["listIndexes", "cursor"],
  run: (context, command) => {
    const namespace = namespaceFor(command);
    const collection = getCollection(context, namespace);
    const definitions = [
      idIndexDefinition(int(2), int(1)),
      ...collection.indexes.filter((index) => !index.building).map(({ definition }) => definition),
    ];
    return firstBatchReply(context, command, namespace, listSource(definitions.map(serializeDoc)), {
      batchSize: batchSizeIn(command.args.doc("cursor")),
    });
  },
};

const dropIndexes: CommandHandler = {
  fields: ["dropIndexes", "deleteIndexes", "index"],
  run: async (context, command) => {
    const namespace = namespaceFor(command);
    const wanted = command.args.raw("index");
    const count = await context.store.free(() => {
      const collection = getCollection(context, namespace);
      const chosen = chosenIndexes(collection, wanted);
      removeIndexes(context.store, namespace, (index) => chosen.has(index.spec.name));
      return collection.indexes.length + 1;
    });
    context.sweepTables();
    return wanted === "*"
      ? okReply({ nIndexesWas: int(count), msg: "non-_id indexes dropped for collection" })
      : okReply({ nIndexesWas: int(count) });
  },
};

function chosenIndexes(collection: Collection, wanted: Value | undefined): Set<string> {
  const { indexes } = collection;
  if (wanted === "*") return new Set(indexes.map(({ spec }) => spec.name));
  const wishes: readonly (Value | undefined)[] = Array.isArray(wanted) ? wanted : [wanted];
  const chosen = new Set<string>();
  for (const wish of wishes) {
    if (wish === "_id_" || (isDoc(wish) && isIdKey(wish)))
      throw mongoError(72, "cannot drop _id index");
    if (typeof wish !== "string" && !isDoc(wish))
      throw mongoError(
        14,
        "BSON field 'dropIndexes.index' is the wrong type, expected types '[string, object]'",
      );
    const matching = indexes.filter(({ spec, definition }) =>
      typeof wish === "string" ? spec.name === wish : equalValues(keyOf(definition), wish),
    );
    if (matching.length === 0)
      throw mongoError(
        27,
        typeof wish === "string"
          ? `index not found with name [${wish}]`
          : "can't find index with the key pattern",
      );
    if (matching.length > 1)
      throw mongoError(
        181,
        `${matching.length} indexes found for key: ${describeValue(wish)}, identify by name instead. ` +
          `Conflicting indexes: ${matching.map(({ spec }) => spec.name).join(", ")}`,
      );
    for (const { spec } of matching) chosen.add(spec.name);
  }
  return chosen;
}

export const indexCommands: Readonly<Record<string, CommandHandler>> = {
  createIndexes,
  listIndexes,
  dropIndexes,
  deleteIndexes: dropIndexes,
};
