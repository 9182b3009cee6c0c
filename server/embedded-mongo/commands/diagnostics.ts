import { Double } from "bson";
import { docOf } from "../bson/from-js.js";
import { parseDoc } from "../bson/parse-bson.js";
import { int, numberOf } from "../bson/plain-number.js";
import { isDoc, type Doc } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import { viewsCollection } from "../reads/views.js";
import { checkCollection } from "../storage/check-collection.js";
import { namespaceOf, type Collection } from "../storage/collection.js";
import { maxDocumentBytes } from "../storage/documents.js";
import { noFields } from "./arguments.js";
import { okReply, type Command, type CommandHandler, type ServerContext } from "./command.js";
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

/** Sizes are measured where slow reads run. */
async function storageStats(
  context: ServerContext,
  command: Command,
  namespace: string,
  scale: number,
): Promise<Doc> {
  const stage = docOf({ $collStats: { storageStats: { scale: int(scale) } } });
  const body: Doc = new Map([["pipeline", [stage]]]);
  const { database } = command;
  const source = context.read({ kind: "aggregate", database, namespace, body });
  try {
    const { documents } = await source.next(1, Infinity, command.deadline);
    const [bytes] = documents;
    const stats = bytes && parseDoc(bytes).get("storageStats");
    return isDoc(stats) ? stats : noFields;
  } finally {
    source.close();
  }
}

const collStats: CommandHandler = {
  fields: ["collStats", "scale"],
  run: async (context, command) => {
    const scale = scaleOf(command.args.integer("scale"));
    const namespace = namespaceFor(command);
    if (context.store.catalog.find(namespace) === undefined) refuseView(context, namespace);
    const stats = await storageStats(context, command, namespace, scale);
    return okReply({ ns: namespace, ...Object.fromEntries(stats) });
  },
};

const dbStats: CommandHandler = {
  fields: ["dbStats", "dbstats", "scale", "freeStorage"],
  run: async (context, command) => {
    const scale = scaleOf(command.args.integer("scale"));
    const { catalog, space } = context.store;
    const inside = [...catalog.all()].filter(({ database }) => database === command.database);
    const sum = (size: (collection: Collection) => number): number =>
      inside.reduce((total, collection) => total + size(collection), 0);
    const objects = sum((collection) => catalog.size(collection).count);
    const bytes = sum((collection) => catalog.size(collection).bytes);
    let indexSize = 0;
    for (const collection of inside) {
      const stats = await storageStats(context, command, namespaceOf(collection), 1);
      indexSize += numberOf(stats.get("totalIndexSize")) ?? 0;
    }
    const { fileBytes, freeBytes } = space.sizes();
    return okReply({
      db: command.database,
      collections: int(inside.length),
      views: int(
        sum((collection) =>
          collection.name === viewsCollection ? catalog.size(collection).count : 0,
        ),
      ),
      objects: int(objects),
      avgObjSize: new Double(objects === 0 ? 0 : bytes / objects),
      dataSize: new Double(bytes / scale),
      storageSize: new Double((fileBytes - freeBytes) / scale),
      indexes: int(sum(({ indexes }) => indexes.length + 1)),
      indexSize: new Double(indexSize / scale),
      totalSize: new Double((fileBytes - freeBytes) / scale),
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
