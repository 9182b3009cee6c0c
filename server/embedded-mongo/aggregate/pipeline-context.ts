import type { Doc, Value } from "../bson/value.js";
import type { CommandVariables } from "./compile-expression.js";

export interface Namespace {
  readonly database: string;
  readonly collection: string;
}

/** Documents one after another; whoever reads them may stop early. */
export type DocStream = AsyncIterable<Doc>;

/** What a pipeline needs of the server around it. */
export interface PipelineContext {
  readonly database: string;
  /** `$$NOW` and the command's `let`. */
  readonly variables: CommandVariables;
  /**
   * The documents of a collection (none if it does not exist). `filter`, when given, may be used to
   * leave out documents that it does not match; it never contains `$expr`.
   */
  readCollection(namespace: Namespace, filter?: Doc): Iterable<Doc> | AsyncIterable<Doc>;
  /** `$out` and `$merge`; without it they are refused. */
  readonly output?: PipelineOutput;
  /** What `$listLocalSessions` lists. */
  readonly localSessions?: () => readonly Doc[];
  /** Bytes that one `$sort`, `$group` or the like may hold; 100 MB when not given. */
  readonly memoryLimit?: number;
}

/** Where `$out` and `$merge` write. Errors, of duplicate keys say, are thrown and end the pipeline. */
export interface PipelineOutput {
  /** Replaces the collection and keeps its indexes; nothing changes if the documents fail midway. */
  replaceCollection(namespace: Namespace, docs: DocStream): Promise<void>;
  /** Throws 51183 unless a unique index makes sure that the fields lead to one document at most. */
  checkUnique(namespace: Namespace, fields: readonly string[]): void;
  /** Finds and writes for each entry in one step: no other write comes between. */
  merge(namespace: Namespace, entries: AsyncIterable<MergeEntry>): Promise<void>;
}

/** One document of `$merge`. */
export interface MergeEntry {
  readonly filter: Doc;
  /** What becomes of the document found, or of there being none. May be asked again; throws to refuse. */
  readonly decide: (found: Doc | undefined) => MergeAction;
}

export type MergeAction =
  | { readonly kind: "keep" }
  /** `replace`: the document found; its `_id` stays. */
  | { readonly kind: "insert" | "replace"; readonly doc: Doc };

/** One stage, ready to run. */
export type Stage = (input: DocStream) => DocStream;

export type CompilePipeline = (
  stages: readonly Doc[],
  context: PipelineContext,
) => (input: DocStream) => DocStream;

/** Compiles the operand of a stage. `compile` is for stages with pipelines inside. */
export type StageCompiler = (
  operand: Value,
  context: PipelineContext,
  compile: CompilePipeline,
) => Stage;
