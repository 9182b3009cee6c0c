import { docOf } from "../bson/from-js.js";
import { int } from "../bson/plain-number.js";
import { Arguments } from "./arguments.js";
import { okReply, type CommandHandler } from "./command.js";
import { oneDocument } from "./count-distinct.js";
import { serverVersion } from "./handshake.js";
import { readRequest } from "./namespaces.js";

const serverInfo = docOf({
  host: "embedded-mongo",
  port: int(0),
  version: serverVersion,
  gitVersion: "embedded-mongo",
});

const explain: CommandHandler = {
  fields: ["explain", "verbosity"],
  run: async (context, command) => {
    const { args } = command;
    const inner = args.requiredDoc("explain");
    const [name] = inner.keys();
    const given = new Arguments(name ?? "", inner);
    const explanation = await oneDocument(
      context,
      { ...readRequest({ ...command, args: given }, "explain"), body: args.body },
      command.deadline ?? deadlineOf(given),
    );
    return okReply({ ...Object.fromEntries(explanation), command: inner, serverInfo });
  },
};

/** A time limit may stand in the command that is explained. */
function deadlineOf(inner: Arguments): number | undefined {
  const milliseconds = inner.count("maxTimeMS") ?? 0;
  return milliseconds === 0 ? undefined : performance.now() + milliseconds;
}

export const explainCommands: Readonly<Record<string, CommandHandler>> = { explain };
