import { Double } from "bson";
import { docOf } from "../bson/from-js.js";
import { parseDoc } from "../bson/parse-bson.js";
import { serializeDoc } from "../bson/serialize-bson.js";
import type { Doc } from "../bson/value.js";
import type { ReadRequest } from "../reads/read-request.js";
import type { CommandHandler, ServerContext } from "./command.js";
import { readRequest } from "./namespaces.js";

/** Runs a read that gives one document. */
export async function oneDocument(
  context: ServerContext,
  request: ReadRequest,
  deadline: number | undefined,
): Promise<Doc> {
  const source = context.read(request);
  try {
    const { documents } = await source.next(1, Infinity, deadline);
    const [bytes] = documents;
    return bytes === undefined ? docOf({}) : parseDoc(bytes);
  } finally {
    source.close();
  }
}

/** Answers with the one document of a read and `ok: 1`. */
function answerWith(kind: "count" | "distinct"): CommandHandler["run"] {
  return async (context, command) => {
    const reply = await oneDocument(context, readRequest(command, kind), command.deadline);
    return serializeDoc(reply.set("ok", new Double(1)));
  };
}

export const countCommands: Readonly<Record<string, CommandHandler>> = {
  count: {
    fields: ["count", "query", "limit", "skip", "hint", "collation", "fields"],
    run: answerWith("count"),
  },
  distinct: {
    fields: ["distinct", "key", "query", "collation", "hint"],
    run: answerWith("distinct"),
  },
};
