import type { Doc, Value } from "../bson/value.js";
import { equalityKey } from "../index-keys/encode-key.js";
import { mongoError } from "../mongo-error.js";
import { countMatches } from "../planner/count-matches.js";
import { matches, planQuery, type Query } from "../planner/query.js";
import { Scan } from "../planner/scan.js";
import { Turn } from "../planner/turn.js";
import { Arguments } from "./arguments.js";
import { okReply, type Command, type CommandHandler, type ServerContext } from "./command.js";
import { parseQuery } from "./find.js";
import { namespaceFor } from "./namespaces.js";
import { int } from "../bson/plain-number.js";

function queryOf(context: ServerContext, command: Command): Query | undefined {
  const { args } = command;
  const body: Doc = new Map<string, Value>([
    ["filter", args.doc("query") ?? new Map<string, Value>()],
  ]);
  for (const field of ["limit", "skip", "hint", "collation"]) {
    const value = args.raw(field);
    if (value !== undefined) body.set(field, value);
  }
  return parseQuery(
    new Arguments(args.name, body),
    context.store.catalog.find(namespaceFor(command)),
  );
}

const count: CommandHandler = {
  fields: ["count", "query", "limit", "skip", "hint", "collation", "fields"],
  run: (context, command) => {
    const query = queryOf(context, command);
    if (query === undefined) return okReply({ n: int(0) });
    return okReply({ n: int(countMatches(context.store, query, command.deadline)) });
  },
};

/** As in MongoDB the answer is one document and may not be larger than one. */
const distinctBytes = 16 * 1024 * 1024;

const distinct: CommandHandler = {
  fields: ["distinct", "key", "query", "collation", "hint"],
  run: (context, command) => {
    const path = command.args.requiredText("key").split(".");
    const query = queryOf(context, command);
    if (query === undefined) return okReply({ values: [] });
    const turn = new Turn();
    turn.start(command.deadline);
    const scan = new Scan(context.store.space, planQuery(context.store.space, query));
    const values = new Map<string, Value>();
    let bytes = 0;
    for (const match of matches(scan, query.filter, turn))
      for (const value of valuesAt(match.doc(), path)) {
        const key = equalityKey(value);
        if (values.has(key)) continue;
        values.set(key, value);
        bytes += key.length;
        if (bytes > distinctBytes) throw mongoError(17217, "distinct too big, 16mb cap");
      }
    return okReply({ values: [...values.values()] });
  },
};

/** The values that distinct sees: arrays at the end of the path and on the way are taken apart. */
function valuesAt(value: Value | undefined, path: readonly string[]): Value[] {
  const [name, ...rest] = path;
  if (name === undefined) {
    if (value === undefined) return [];
    return Array.isArray(value) ? value : [value];
  }
  if (value instanceof Map) return valuesAt(value.get(name), rest);
  if (!Array.isArray(value)) return [];
  const position = /^\d+$/.test(name) ? value[Number(name)] : undefined;
  return [
    ...value.filter((item) => item instanceof Map).flatMap((item) => valuesAt(item, path)),
    ...(position === undefined ? [] : valuesAt(position, rest)),
  ];
}

export const countCommands: Readonly<Record<string, CommandHandler>> = { count, distinct };
