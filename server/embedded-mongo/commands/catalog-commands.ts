import { Binary, Double } from "bson";
import { serializeDoc } from "../bson/serialize-bson.js";
import { docOf } from "../bson/from-js.js";
import type { Doc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { compileFilter } from "../query/compile-filter.js";
import { idIndexDefinition, type Collection } from "../storage/collection.js";
import { int, numberOf } from "../bson/plain-number.js";
import { noFields } from "./arguments.js";
import { okReply, type CommandHandler } from "./command.js";
import { listSource } from "../cursors/list-source.js";
import { viewsIn, type View } from "../reads/views.js";
import { firstBatchReply } from "./cursor-reply.js";
import { createCollection } from "./create-collection.js";
import { removeView } from "./define-view.js";
import { modifyCollection } from "./modify-collection.js";
import {
  checkNewName,
  namedCollection,
  namespaceFor,
  refuseSystemViews,
  refuseView,
  viewAt,
} from "./namespaces.js";

const drop: CommandHandler = {
  fields: ["drop"],
  run: async (context, command) => {
    const namespace = namespaceFor(command);
    const indexes = await context.store.free(() => {
      const collection = context.store.catalog.find(namespace);
      if (collection !== undefined) context.store.catalog.drop(collection);
      const view = collection === undefined ? viewAt(context, namespace) : undefined;
      if (view !== undefined) {
        removeView(context, view);
        return "view";
      }
      return collection?.indexes.length;
    });
    context.cursors.killWhere((cursor) => cursor.namespace === namespace);
    context.sweepTables();
    if (indexes === "view") return okReply({ ns: namespace });
    return indexes === undefined ? okReply() : okReply({ nIndexesWas: indexes + 1, ns: namespace });
  },
};

const dropDatabase: CommandHandler = {
  fields: ["dropDatabase"],
  run: async (context, command) => {
    const { database } = command;
    const dropped = await context.store.free(() => {
      const { catalog } = context.store;
      const inside = [...catalog.all()].filter((collection) => collection.database === database);
      for (const collection of inside) catalog.drop(collection);
      return inside.length;
    });
    context.cursors.killWhere((cursor) => cursor.namespace.startsWith(`${database}.`));
    context.sweepTables();
    return dropped === 0 ? okReply() : okReply({ dropped: database });
  },
};

const renameCollection: CommandHandler = {
  fields: ["renameCollection", "to", "dropTarget"],
  run: async (context, command) => {
    const from = namedCollection(command);
    const to = command.args.requiredText("to");
    const dot = to.indexOf(".");
    if (dot < 1) throw mongoError(73, `Invalid target namespace: ${to}`);
    const database = to.slice(0, dot);
    const name = to.slice(dot + 1);
    checkNewName(database, name);
    await context.store.write(() => {
      const { catalog } = context.store;
      refuseSystemViews(from);
      const collection = catalog.find(from);
      if (collection === undefined) refuseView(context, from);
      if (collection === undefined)
        throw mongoError(26, `Source collection ${from} does not exist`);
      if (from === to) throw mongoError(20, "Can't rename a collection to itself");
      const target = catalog.find(to);
      if (target !== undefined && !command.args.flag("dropTarget"))
        throw mongoError(48, "target namespace exists");
      if (viewAt(context, to) !== undefined)
        throw mongoError(48, `a view already exists with that name: ${to}`);
      if (target !== undefined) catalog.drop(target);
      catalog.forget(collection);
      catalog.save({ ...collection, database, name });
    });
    context.cursors.killWhere((cursor) => cursor.namespace === from || cursor.namespace === to);
    context.sweepTables();
    return okReply();
  },
};

function collectionInfo(collection: Collection): Doc {
  return docOf({
    name: collection.name,
    type: "collection",
    options: collection.options,
    info: { readOnly: false, uuid: new Binary(collection.uuid.buffer, Binary.SUBTYPE_UUID) },
    idIndex: idIndexDefinition(int(2), int(1)),
  });
}

function viewInfo({ name, viewOn, pipeline }: View): Doc {
  return docOf({
    name,
    type: "view",
    options: docOf({ viewOn }).set("pipeline", [...pipeline]),
    info: { readOnly: true },
  });
}

const listCollections: CommandHandler = {
  fields: ["listCollections", "filter", "nameOnly", "authorizedCollections", "cursor"],
  run: (context, command) => {
    const { args, database } = command;
    const filter = compileFilter(args.doc("filter") ?? noFields);
    const { catalog, space } = context.store;
    const collections = [...catalog.all()].filter((entry) => entry.database === database);
    const views = [...viewsIn({ space, find: (name) => catalog.find(name) }, database)];
    const infos = [
      ...collections.map((entry) => ({ name: entry.name, info: collectionInfo(entry) })),
      ...views.map((entry) => ({ name: entry.name, info: viewInfo(entry) })),
    ]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ info }) => info)
      .filter((info) => filter.matches(info))
      .map((info) =>
        args.flag("nameOnly") ? docOf({ name: info.get("name"), type: info.get("type") }) : info,
      );
    return firstBatchReply(
      context,
      command,
      `${database}.$cmd.listCollections`,
      listSource(infos.map(serializeDoc)),
      { batchSize: batchSizeIn(args.doc("cursor")) },
    );
  },
};

/** The batch size in a command's `cursor` field. */
export function batchSizeIn(cursor: Doc | undefined): number | undefined {
  const size = numberOf(cursor?.get("batchSize"));
  return size !== undefined && size >= 0 ? Math.trunc(size) : undefined;
}

const listDatabases: CommandHandler = {
  fields: ["listDatabases", "filter", "nameOnly", "authorizedDatabases"],
  run: (context, command) => {
    const { args } = command;
    const filter = compileFilter(args.doc("filter") ?? noFields);
    const bytes = new Map<string, number>();
    for (const collection of context.store.catalog.all()) {
      const size = context.store.catalog.size(collection).bytes;
      bytes.set(collection.database, (bytes.get(collection.database) ?? 0) + size);
    }
    const databases = [...bytes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, size]) => docOf({ name, sizeOnDisk: new Double(size), empty: false }))
      .filter((info) => filter.matches(info));
    if (args.flag("nameOnly"))
      return okReply({ databases: databases.map((info) => docOf({ name: info.get("name") })) });
    const totalSize = [...bytes.values()].reduce((sum, size) => sum + size, 0);
    return okReply({
      databases,
      totalSize: new Double(totalSize),
      totalSizeMb: new Double(totalSize / 2 ** 20),
    });
  },
};

export const catalogCommands: Readonly<Record<string, CommandHandler>> = {
  create: createCollection,
  collMod: modifyCollection,
  drop,
  dropDatabase,
  renameCollection,
  listCollections,
  listDatabases,
};
