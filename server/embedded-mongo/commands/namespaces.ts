import { mongoError } from "../mongo-error.js";
import type { Collection } from "../storage/collection.js";
import { largeStatementBytes, type ReadKind, type ReadRequest } from "../reads/read-request.js";
import { findView, viewsCollection, type View } from "../reads/views.js";
import type { Command, ServerContext } from "./command.js";

const longestNamespace = 255;

/** The collection that a command names in its first field. */
export function namedCollection(command: Command): string {
  const { args } = command;
  const value = args.raw(args.name);
  if (typeof value !== "string")
    throw mongoError(73, `collection name has invalid type for command '${args.name}'`);
  return value;
}

/** The namespace of a command's collection, checked (code 73). */
export function namespaceFor(command: Command): string {
  const name = namedCollection(command);
  if (name === "" || name.startsWith(".") || name.includes("\0"))
    throw mongoError(73, `Invalid namespace specified '${command.database}.${name}'`);
  return `${command.database}.${name}`;
}

/** What a collection may be called when a write or `create` makes it. */
export function checkNewName(database: string, name: string): void {
  const namespace = `${database}.${name}`;
  if (database === "" || /[/\\. "$\0]/.test(database) || Buffer.byteLength(database) > 63)
    throw mongoError(73, `Invalid database name: '${database}'`);
  if (name === "" || name.startsWith(".") || /[$\0]/.test(name) || name.startsWith("system."))
    throw mongoError(73, `Invalid collection name: ${name}`);
  if (Buffer.byteLength(namespace) > longestNamespace)
    throw mongoError(73, `Fully qualified namespace is too long: ${namespace}`);
}

/** The view of that namespace, if it is one. */
export function viewAt({ store }: ServerContext, namespace: string): View | undefined {
  return findView({ space: store.space, find: (name) => store.catalog.find(name) }, namespace);
}

/** Refuses what only a collection can do, as MongoDB does (code 166). */
export function refuseView(context: ServerContext, namespace: string): void {
  if (viewAt(context, namespace) !== undefined)
    throw mongoError(166, `Namespace ${namespace} is a view, not a collection`);
}

/** Views are made by `create` and changed by `collMod`, never written as documents (code 73). */
export function refuseSystemViews(namespace: string): void {
  if (namespace.slice(namespace.indexOf(".") + 1) === viewsCollection)
    throw mongoError(73, `cannot write to '${namespace}': use create, collMod and drop`);
}

/** The collection, or error 26; 166 for a view. */
export function getCollection(context: ServerContext, namespace: string): Collection {
  const collection = context.store.catalog.find(namespace);
  if (collection === undefined) refuseView(context, namespace);
  if (collection === undefined) throw mongoError(26, `ns does not exist: ${namespace}`);
  return collection;
}

/** The collection, made when it is not there; 166 for a view. Only inside a write unit. */
export function collectionForWrite(context: ServerContext, namespace: string): Collection {
  refuseSystemViews(namespace);
  const found = context.store.catalog.find(namespace);
  if (found !== undefined) return found;
  refuseView(context, namespace);
  const dot = namespace.indexOf(".");
  const database = namespace.slice(0, dot);
  const name = namespace.slice(dot + 1);
  checkNewName(database, name);
  return context.store.catalog.create(database, name, new Map());
}

/** The command as a read that can run in any thread. */
export function readRequest(command: Command, kind: ReadKind): ReadRequest {
  return {
    kind,
    database: command.database,
    namespace: namespaceFor(command),
    body: command.args.body,
    large: command.bytes > largeStatementBytes,
  };
}
