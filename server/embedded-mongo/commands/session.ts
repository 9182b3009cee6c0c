import { Binary } from "bson";
import { isDoc, type Value } from "../bson/value.js";
import { okReply, type Command, type CommandHandler } from "./command.js";

/** The session a command belongs to, as text; sessions only group cursors here. */
export function sessionOf(command: Command): string | undefined {
  return sessionText(command.args.raw("lsid"));
}

function sessionText(lsid: Value | undefined): string | undefined {
  if (!isDoc(lsid)) return undefined;
  const id = lsid.get("id");
  return id instanceof Binary
    ? Buffer.from(id.buffer.subarray(0, id.position)).toString("hex")
    : undefined;
}

const end: CommandHandler = {
  fields: [],
  run: (context, command) => {
    const ended = new Set((command.args.list(command.args.name) ?? []).map(sessionText));
    context.cursors.killWhere(
      (cursor) => cursor.session !== undefined && ended.has(cursor.session),
    );
    return okReply();
  },
};

export const sessionCommands: Readonly<Record<string, CommandHandler>> = {
  endSessions: end,
  killSessions: end,
  refreshSessions: { fields: [], run: () => okReply() },
};
