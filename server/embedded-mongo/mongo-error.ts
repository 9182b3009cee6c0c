import type { Doc } from "./bson/value.js";

/** The numbers and names of MongoDB's errors that this server answers with. */
export const errorNames: Readonly<Record<number, string>> = {
  1: "InternalError",
  2: "BadValue",
  5: "GraphContainsCycle",
  8: "UnknownError",
  9: "FailedToParse",
  13: "Unauthorized",
  14: "TypeMismatch",
  15: "Overflow",
  16: "InvalidLength",
  17: "ProtocolError",
  20: "IllegalOperation",
  22: "InvalidBSON",
  26: "NamespaceNotFound",
  27: "IndexNotFound",
  28: "PathNotViable",
  40: "ConflictingUpdateOperators",
  43: "CursorNotFound",
  48: "NamespaceExists",
  50: "MaxTimeMSExpired",
  52: "DollarPrefixedFieldName",
  53: "InvalidIdField",
  54: "NotSingleValueField",
  56: "EmptyFieldName",
  57: "DottedFieldName",
  59: "CommandNotFound",
  61: "ShardKeyNotFound",
  66: "ImmutableField",
  67: "CannotCreateIndex",
  68: "IndexAlreadyExists",
  72: "InvalidOptions",
  73: "InvalidNamespace",
  85: "IndexOptionsConflict",
  86: "IndexKeySpecsConflict",
  91: "ShutdownInProgress",
  112: "WriteConflict",
  115: "CommandNotSupported",
  121: "DocumentValidationFailure",
  123: "NotAReplicaSet",
  165: "ViewDepthLimitExceeded",
  166: "CommandNotSupportedOnView",
  167: "OptionNotSupportedOnView",
  168: "InvalidPipelineOperator",
  171: "CannotIndexParallelArrays",
  181: "AmbiguousIndexKeyPattern",
  182: "InvalidViewDefinition",
  197: "InvalidIndexSpecificationOption",
  222: "CloseChangeStream",
  237: "CursorKilled",
  238: "NotImplemented",
  241: "ConversionFailure",
  246: "SnapshotUnavailable",
  251: "NoSuchTransaction",
  263: "OperationNotSupportedInTransaction",
  291: "NoQueryExecutionPlans",
  292: "QueryExceededMemoryLimitNoDiskUseAllowed",
  361: "IndexBuildAborted",
  10334: "BSONObjectTooLarge",
  11000: "DuplicateKey",
  11600: "InterruptedAtShutdown",
  11601: "Interrupted",
  14031: "OutOfDiskSpace",
};

/** What went wrong, as MongoDB would say it: travels to the client as `code`, `codeName` and `errmsg`. */
export class MongoError extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly labels: readonly string[];
  /** Further fields of the error document, such as `keyPattern` and `keyValue` of a duplicate key. */
  readonly extra: Doc | undefined;

  constructor(
    code: number,
    codeName: string,
    message: string,
    details: { labels?: readonly string[]; extra?: Doc } = {},
  ) {
    super(message);
    this.name = "MongoError";
    this.code = code;
    this.codeName = codeName;
    this.labels = details.labels ?? [];
    this.extra = details.extra;
  }
}

/** MongoDB's own name for a code, or `Location<code>` as mongod prints those without one. */
export function codeNameOf(code: number): string {
  return errorNames[code] ?? `Location${code}`;
}

/** An error by its code alone; the name follows from the table. */
export function mongoError(code: number, message: string, extra?: Doc): MongoError {
  return new MongoError(code, codeNameOf(code), message, extra === undefined ? {} : { extra });
}
