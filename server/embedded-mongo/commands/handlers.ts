import { aggregateCommands } from "./aggregate.js";
import { catalogCommands } from "./catalog-commands.js";
import type { CommandHandler } from "./command.js";
import { countCommands } from "./count-distinct.js";
import { deleteCommands } from "./delete.js";
import { diagnosticCommands } from "./diagnostics.js";
import { explainCommands } from "./explain.js";
import { findAndModifyCommands } from "./find-and-modify.js";
import { findCommands } from "./find.js";
import { handshakeCommands } from "./handshake.js";
import { indexCommands } from "./index-commands.js";
import { insertCommands } from "./insert.js";
import { sessionCommands } from "./session.js";
import { updateCommands } from "./update.js";

/** Every command the server knows, by name. All others get code 59. */
export const handlers: Readonly<Record<string, CommandHandler>> = {
  ...handshakeCommands,
  ...sessionCommands,
  ...findCommands,
  ...insertCommands,
  ...updateCommands,
  ...deleteCommands,
  ...findAndModifyCommands,
  ...countCommands,
  ...aggregateCommands,
  ...catalogCommands,
  ...indexCommands,
  ...diagnosticCommands,
  ...explainCommands,
};
