import { ObjectId } from "bson";
import { commandVariables, type CommandVariables } from "../aggregate/compile-expression.js";
import { boundExpressions } from "../aggregate/time-bound.js";
import { compilePipelineUpdate } from "../aggregate/update-pipeline.js";
import { isDoc, type Doc, type Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";
import type { Match, Query } from "../planner/query.js";
import { stillMatches } from "../planner/write-targets.js";
import { compileUpdate, type Update } from "../update/compile-update.js";
import { upsertDoc } from "../update/upsert-document.js";
import type { Arguments } from "./arguments.js";
import type { ServerContext } from "./command.js";
import { writeQuery } from "./write-query.js";
import { checkDepth } from "./document-rules.js";
import { checkId, prepareDocument, storeNew } from "./insert.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import { collectionForWrite } from "./namespaces.js";
import { checkValidator } from "./validator.js";
import type { Statement } from "./run-statements.js";
import { inSlices } from "./slices.js";
import {
  actOnFewQuickly,
  actQuickly,
  actSlowly,
  allKeys,
  withTarget,
  type Act,
  type Target,
} from "./with-target.js";

/** One `{q, u, …}` compiled. */
export interface UpdateStatement {
  readonly args: Arguments;
  readonly filter: Doc;
  readonly update: Update;
  readonly upsert: boolean;
  readonly multi: boolean;
  /** The collection's validator is not asked. */
  readonly bypass: boolean;
}

export interface UpdateCounts {
  readonly matched: number;
  readonly modified: number;
  /** The `_id` of a document that an upsert made. */
  readonly upserted?: Value;
}

export interface UpdateOutcome extends UpdateCounts {
  /** The one document before and after, for findAndModify. */
  readonly before?: Doc;
  readonly after?: Doc;
}

/** Reads the update itself from a field that holds a document or a pipeline. */
export function parseUpdate(args: Arguments, field: string): Update {
  const value = args.raw(field);
  if (value === undefined)
    throw mongoError(40414, `BSON field '${args.name}.${field}' is missing but a required field`);
  const arrayFilters = args.docs("arrayFilters");
  if (isDoc(value)) return compileUpdate(value, arrayFilters);
  if (Array.isArray(value)) {
    const variables = boundExpressions(() => commandVariables(args.doc("let")));
    return pipelineUpdate(value, arrayFilters, variables);
  }
  throw mongoError(9, "Update argument must be either an object or an array");
}

function pipelineUpdate(
  pipeline: readonly Value[],
  arrayFilters: readonly Doc[] | undefined,
  variables: CommandVariables,
): Update {
  if (arrayFilters !== undefined && arrayFilters.length > 0)
    throw mongoError(9, "arrayFilters may not be specified for pipeline-syle updates");
  return compilePipelineUpdate(pipeline, variables);
}

/** Applies the update to a document that is there. Only inside a write unit. */
export function updateMatch(
  context: ServerContext,
  namespace: string,
  query: Query,
  { update, bypass }: UpdateStatement,
  match: Match,
): { modified: boolean; after: Doc } {
  const { store } = context;
  const collection = store.catalog.find(namespace) ?? query.collection;
  const before = match.doc();
  const { doc: after, changed } = update.apply(before, query.filter.arrayPosition(before));
  if (!changed) return { modified: false, after: before };
  checkDepth(after);
  if (!bypass) checkValidator(context, collection, before, after);
  store.documents.update(collection, match.idKey, before, match.bytes.length, after);
  return { modified: true, after };
}

/** Inserts what the filter and the update describe. Only inside a write unit. */
export function upsert(
  context: ServerContext,
  namespace: string,
  { filter, update, bypass }: UpdateStatement,
): { id: Value; doc: Doc } {
  const made = upsertDoc(filter, update);
  const id = made.get("_id") ?? new ObjectId();
  checkId(id);
  const doc: Doc = new Map<string, Value>([["_id", id], ...made]);
  const prepared = prepareDocument(serializeDoc(doc));
  storeNew(context, collectionForWrite(context, namespace), prepared, bypass);
  return { id, doc: prepared.doc };
}

/** What an update of one document does with what was found. Only inside a write unit. */
function actOnOne(
  context: ServerContext,
  statement: UpdateStatement,
  namespace: string,
): Act<UpdateOutcome> {
  return (query, match) => {
    if (query !== undefined && match !== undefined) {
      const { modified, after } = updateMatch(context, namespace, query, statement, match);
      return { matched: 1, modified: modified ? 1 : 0, before: match.doc(), after };
    }
    if (!statement.upsert) return { matched: 0, modified: 0 };
    const { id, doc } = upsert(context, namespace, statement);
    return { matched: 0, modified: 0, upserted: id, after: doc };
  };
}

/** Runs one statement that changes at most one document, in one unit. */
export function runOne(
  context: ServerContext,
  target: Target,
  statement: UpdateStatement,
): Promise<UpdateOutcome> {
  return withTarget(context, target, actOnOne(context, statement, target.namespace));
}

/** A statement as `runStatements` takes it. */
export function updateSteps(
  context: ServerContext,
  target: Target,
  statement: UpdateStatement,
): Statement<UpdateCounts> {
  const actWhole = actOnOne(context, statement, target.namespace);
  const act: Act<UpdateCounts> = (query, match) => {
    const { matched, modified, upserted } = actWhole(query, match);
    return { matched, modified, ...(upserted === undefined ? {} : { upserted }) };
  };
  if (!statement.multi)
    return {
      quickly: () => actQuickly(context, target, act),
      slowly: () => actSlowly(context, target, act),
    };
  return {
    quickly: () =>
      actOnFewQuickly(context, target, (query, matches) => {
        if (query === undefined || matches.length === 0) return act(undefined, undefined);
        let modified = 0;
        for (const match of matches)
          if (updateMatch(context, target.namespace, query, statement, match).modified)
            modified += 1;
        return { matched: matches.length, modified };
      }),
    slowly: () => updateMany(context, target, statement, act),
  };
}

/** Runs one statement over all matches, in slices. As in MongoDB it is not atomic as a whole. */
async function updateMany(
  context: ServerContext,
  target: Target,
  statement: UpdateStatement,
  act: Act<UpdateCounts>,
): Promise<UpdateCounts> {
  const { store } = context;
  const { namespace } = target;
  const query = boundExpressions(() => writeQuery(context, namespace, target.args));
  const keys = query === undefined ? [] : await allKeys(context, target);
  if (query === undefined || keys.length === 0)
    return statement.upsert ? actSlowly(context, target, act) : { matched: 0, modified: 0 };
  let modified = 0;
  let matched = 0;
  const work = (idKey: Buffer): number =>
    boundExpressions(() => {
      const match = stillMatches(store, query, idKey);
      if (match === undefined) return 0;
      return updateMatch(context, namespace, query, statement, match).modified
        ? matchedAndModified
        : matchedOnly;
    });
  await inSlices(store, keys, work, (sum) => {
    modified += sum % matchedOnly;
    matched += Math.floor(sum / matchedOnly);
  });
  return { matched, modified };
}

/** A slice's sum carries two counts: matches in units of 2^20, modifications below (a slice has at most 1,000). */
const matchedOnly = 2 ** 20;
const matchedAndModified = matchedOnly + 1;
