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
  findOne(namespace: Namespace, filter: Doc): Promise<Doc | undefined>;
  insert(namespace: Namespace, doc: Doc): Promise<void>;
  /** Replaces the document that has the same `_id`. */
  replace(namespace: Namespace, doc: Doc): Promise<void>;
}

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
