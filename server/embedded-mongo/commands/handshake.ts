import { maxMessageBytes } from "../wire/message.js";
import { maxDocumentBytes } from "../storage/documents.js";
import { okReply, type CommandHandler } from "./command.js";

/** The release whose behaviour is followed; drivers decide by it (and by wire version 21) what to send. */
export const serverVersion = "7.0.0";
const wireVersion = 21;
const sessionMinutes = 30;
export const maxWriteBatch = 100_000;

function hello(nameOfPrimary: "isWritablePrimary" | "ismaster"): CommandHandler {
  return {
    // newer drivers announce what older servers have never heard of
    fields: "any",
    run: (_, command) =>
      okReply({
        ...(command.args.flag("helloOk") ? { helloOk: true } : {}),
        [nameOfPrimary]: true,
        maxBsonObjectSize: maxDocumentBytes,
        maxMessageSizeBytes: maxMessageBytes,
        maxWriteBatchSize: maxWriteBatch,
        localTime: new Date(),
        logicalSessionTimeoutMinutes: sessionMinutes,
        connectionId: command.connectionId,
        minWireVersion: 0,
        maxWireVersion: wireVersion,
        readOnly: false,
      }),
  };
}

/** What a driver asks before anything else; the server presents itself as a stand-alone mongod. */
export const handshakeCommands: Readonly<Record<string, CommandHandler>> = {
  hello: hello("isWritablePrimary"),
  ismaster: hello("ismaster"),
  isMaster: hello("ismaster"),
  ping: { fields: [], run: () => okReply() },
  buildInfo: { fields: [], run: buildInfo },
  buildinfo: { fields: [], run: buildInfo },
  connectionStatus: {
    fields: ["showPrivileges"],
    run: () => okReply({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } }),
  },
  startSession: {
    fields: [],
    run: () => okReply({ timeoutMinutes: sessionMinutes }),
  },
};

function buildInfo() {
  return okReply({
    version: serverVersion,
    gitVersion: "embedded-mongo",
    modules: [],
    allocator: "system",
    javascriptEngine: "none",
    sysInfo: "deprecated",
    versionArray: [...serverVersion.split(".").map(Number), 0],
    bits: 64,
    debug: false,
    maxBsonObjectSize: maxDocumentBytes,
    storageEngines: ["lmdb"],
  });
}
