import { Double } from "bson";
import { docOf } from "../bson/from-js.js";
import { parseDoc } from "../bson/parse-bson.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { ReadKind } from "../reads/read-request.js";
import type { Command, CommandHandler, Reply, ServerContext } from "./command.js";
import { readRequest } from "./namespaces.js";

/** Runs a read that gives one document, which with `ok: 1` is the reply. */
async function runRead(context: ServerContext, command: Command, kind: ReadKind): Promise<Reply> {
  const source = context.read(readRequest(command, kind));
  try {
    const { documents } = await source.next(1, Infinity, command.deadline);
    const [bytes] = documents;
    const reply = bytes === undefined ? docOf({}) : parseDoc(bytes);
    return serializeDoc(reply.set("ok", new Double(1)));
  } finally {
    source.close();
  }
}

export const countCommands: Readonly<Record<string, CommandHandler>> = {
  count: {
    fields: ["count", "query", "limit", "skip", "hint", "collation", "fields"],
    run: (context, command) => runRead(context, command, "count"),
  },
  distinct: {
    fields: ["distinct", "key", "query", "collation", "hint"],
    run: (context, command) => runRead(context, command, "distinct"),
  },
};
