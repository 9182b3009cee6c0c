import { Double } from "bson";
import { docOf } from "../bson/from-js.js";
import { int } from "../bson/plain-number.js";
import { mongoError } from "../mongo-error.js";
import { storageStats } from "../reads/coll-stats.js";
import { viewsCollection } from "../reads/views.js";
import { checkCollection } from "../storage/check-collection.js";
import { namespaceOf, type Collection } from "../storage/collection.js";
import { maxDocumentBytes } from "../storage/documents.js";
import { okReply, type CommandHandler, type ServerContext } from "./command.js";
import { serverVersion } from "./handshake.js";
import { getCollection, namespaceFor, refuseView } from "./namespaces.js";

const serverStatus: CommandHandler = {
  fields: "any",
  run: (context) => {
    const { rss, heapUsed, external } = process.memoryUsage();
    const { current, total } = context.connections();
    return okReply({
      host: "embedded-mongo",
      version: serverVersion,
      process: "embedded-mongo",
      pid: int(process.pid),
      uptime: new Double((Date.now() - context.startedAt) / 1000),
      localTime: new Date(),
      connections: {
        current: int(current),
        available: int(2_000 - current),
        totalCreated: int(total),
      },
      metrics: { cursor: { open: { total: int(context.cursors.count) } } },
      mem: {
        bits: int(64),
        resident: int(Math.round(rss / 2 ** 20)),
        heapUsed: int(heapUsed),
        external: int(external),
      },
      storageEngine: { name: "lmdb", persistent: true, supportsCommittedReads: true },
    });
  },
};

function scaleOf(scale: number | undefined): number {
  if (scale !== undefined && scale <= 0) throw mongoError(2, "scale must be a value >= 1");
  return scale ?? 1;
}

function sizesOf(context: ServerContext, collection: Collection) {
  const { count, bytes } = context.store.catalog.size(collection);
  return { count, bytes, indexes: collection.indexes.length + 1 };
}

const collStats: CommandHandler = {
  fields: ["collStats", "scale"],
  run: (context, command) => {
    const scale = scaleOf(command.args.integer("scale"));
    const namespace = namespaceFor(command);
    const { catalog, space } = context.store;
    if (catalog.find(namespace) === undefined) refuseView(context, namespace);
    const reads = {
      space,
      find: (name: string) => catalog.find(name),
      size: (collection: Collection) => catalog.size(collection),
    };
    const stats = storageStats(reads, catalog.find(namespace), scale);
    return okReply({ ns: namespace, ...Object.fromEntries(stats) });
  },
};

const dbStats: CommandHandler = {
  fields: ["dbStats", "dbstats", "scale", "freeStorage"],
  run: (context, command) => {
    const scale = scaleOf(command.args.integer("scale"));
    const inside = [...context.store.catalog.all()].filter(
      ({ database }) => database === command.database,
    );
    const views = inside
      .filter(({ name }) => name === viewsCollection)
      .reduce((sum, collection) => sum + context.store.catalog.size(collection).count, 0);
    const all = inside.map((collection) => sizesOf(context, collection));
    const objects = all.reduce((sum, { count }) => sum + count, 0);
    const bytes = all.reduce((sum, size) => sum + size.bytes, 0);
    const { fileBytes, freeBytes } = context.store.space.sizes();
    return okReply({
      db: command.database,
      collections: int(inside.length),
      views: int(views),
      objects: int(objects),
      avgObjSize: new Double(objects === 0 ? 0 : bytes / objects),
      dataSize: new Double(bytes / scale),
      storageSize: new Double((fileBytes - freeBytes) / scale),
      indexes: int(all.reduce((sum, { indexes }) => sum + indexes, 0)),
      fsUsedSize: new Double(fileBytes / scale),
      scaleFactor: int(scale),
    });
  },
};

const validate: CommandHandler = {
  fields: ["validate", "full", "metadata", "repair", "background", "checkBSONConformance"],
  run: async (context, command) => {
    if (command.args.flag("repair"))
      throw mongoError(238, "validate with repair is not supported by this server");
    const collection = getCollection(context, namespaceFor(command));
    const check = await checkCollection(context.store, collection);
    return okReply({
      ns: namespaceOf(collection),
      nInvalidDocuments: int(check.invalidDocuments),
      nrecords: int(check.documents),
      nIndexes: int(collection.indexes.length + 1),
      keysPerIndex: docOf(
        Object.fromEntries([...check.entries].map(([name, count]) => [name, int(count)])),
      ),
      valid: check.errors.length === 0,
      repaired: false,
      warnings: [],
      errors: [...check.errors],
    });
  },
};

export const diagnosticCommands: Readonly<Record<string, CommandHandler>> = {
  serverStatus,
  collStats,
  collstats: collStats,
  dbStats,
  dbstats: dbStats,
  validate,
  hostInfo: {
    fields: [],
    run: () =>
      okReply({
        system: { currentTime: new Date(), hostname: "embedded-mongo" },
        os: { type: process.platform },
      }),
  },
  getCmdLineOpts: { fields: [], run: () => okReply({ argv: [], parsed: {} }) },
  getParameter: {
    fields: "any",
    run: (_, { args }) =>
      parameters(args.has("featureCompatibilityVersion") || args.raw("getParameter") === "*"),
  },
  getLog: { fields: ["getLog"], run: () => okReply({ totalLinesWritten: int(0), log: [] }) },
  whatsmyuri: {
    fields: [],
    run: (_, { connectionId }) => okReply({ you: `connection ${connectionId}` }),
  },
};

function parameters(compatibility: boolean) {
  if (!compatibility) throw mongoError(72, "no option found to get");
  return okReply({
    featureCompatibilityVersion: { version: serverVersion.slice(0, 3) },
    maxBsonObjectSize: int(maxDocumentBytes),
  });
}
