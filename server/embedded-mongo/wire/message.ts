import { mongoError } from "../mongo-error.js";
import { documentSize } from "./raw-bson.js";

export const opReply = 1;
export const opQuery = 2004;
export const opMsg = 2013;
export const headerBytes = 16;
/** What mongod 7 takes; `hello` announces it. */
export const maxMessageBytes = 48_000_000;

const checksumPresent = 1;
const moreToCome = 2;
/** Bits 0 to 15 must be understood by the receiver; the others may be ignored. */
const requiredBits = 0xffff;

/** A command as it came: the body's bytes and the document sequences beside it. */
export interface CommandMessage {
  readonly requestId: number;
  readonly body: Buffer;
  readonly sequences: ReadonlyMap<string, Buffer[]>;
  readonly answered: boolean;
  /** The old OP_QUERY form, which drivers use for their first handshake only. */
  readonly legacy: boolean;
  /** The database of an OP_QUERY; in OP_MSG it is the field `$db`. */
  readonly database?: string;
}

/** Parses one whole message. Throws code 17 or 22 when it breaks the protocol. */
export function parseMessage(message: Buffer): CommandMessage {
  const requestId = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === opMsg) return parseOpMsg(message, requestId);
  if (opcode === opQuery) return parseOpQuery(message, requestId);
  throw mongoError(17, `Unsupported wire protocol opcode ${opcode}`);
}

function parseOpMsg(message: Buffer, requestId: number): CommandMessage {
  if (message.length < headerBytes + 4) throw mongoError(17, "Truncated OP_MSG");
  const flags = message.readUInt32LE(headerBytes);
  if ((flags & requiredBits & ~(checksumPresent | moreToCome)) !== 0)
    throw mongoError(17, "OP_MSG with unknown required flag bits");
  const limit = message.length - ((flags & checksumPresent) === 0 ? 0 : 4);
  const sequences = new Map<string, Buffer[]>();
  let body: Buffer | undefined;
  let at = headerBytes + 4;
  while (at < limit) {
    const kind = message[at];
    if (kind === 0) {
      if (body !== undefined) throw mongoError(17, "OP_MSG with two bodies");
      const size = documentSize(message, at + 1, limit);
      body = message.subarray(at + 1, at + 1 + size);
      at += 1 + size;
    } else if (kind === 1) {
      at = parseSequence(message, at + 1, limit, sequences);
    } else throw mongoError(17, "OP_MSG with an unknown section kind");
  }
  if (body === undefined) throw mongoError(17, "OP_MSG without a body");
  return { requestId, body, sequences, answered: (flags & moreToCome) === 0, legacy: false };
}

function parseSequence(
  message: Buffer,
  start: number,
  limit: number,
  sequences: Map<string, Buffer[]>,
): number {
  if (start + 5 > limit) throw mongoError(17, "Truncated document sequence");
  const size = message.readInt32LE(start);
  const end = start + size;
  if (size < 6 || end > limit) throw mongoError(17, "Document sequence does not fit its message");
  const nameEnd = message.indexOf(0, start + 4);
  if (nameEnd < 0 || nameEnd >= end) throw mongoError(17, "Document sequence without a name");
  const name = message.toString("utf8", start + 4, nameEnd);
  if (sequences.has(name)) throw mongoError(17, `Duplicate document sequence '${name}'`);
  const documents: Buffer[] = [];
  let at = nameEnd + 1;
  while (at < end) {
    const documentBytes = documentSize(message, at, end);
    documents.push(message.subarray(at, at + documentBytes));
    at += documentBytes;
  }
  sequences.set(name, documents);
  return end;
}

function parseOpQuery(message: Buffer, requestId: number): CommandMessage {
  if (message.length < headerBytes + 4 + 2 + 8 + 5) throw mongoError(17, "Truncated OP_QUERY");
  const nameEnd = message.indexOf(0, headerBytes + 4);
  if (nameEnd < 0) throw mongoError(17, "OP_QUERY without a collection name");
  const namespace = message.toString("utf8", headerBytes + 4, nameEnd);
  const body = nameEnd + 1 + 8;
  const size = documentSize(message, body);
  return {
    requestId,
    body: message.subarray(body, body + size),
    sequences: new Map(),
    answered: true,
    legacy: true,
    database: namespace.split(".")[0] ?? "admin",
  };
}

let lastResponseId = 0;

/** Frames a reply document for the message that asked. */
export function encodeReply(request: CommandMessage, document: Buffer): Buffer[] {
  lastResponseId = (lastResponseId + 1) & 0x7fffffff;
  const headBytes = request.legacy ? headerBytes + 20 : headerBytes + 5;
  const head = Buffer.alloc(headBytes);
  head.writeInt32LE(headBytes + document.length, 0);
  head.writeInt32LE(lastResponseId, 4);
  head.writeInt32LE(request.requestId, 8);
  head.writeInt32LE(request.legacy ? opReply : opMsg, 12);
  if (request.legacy) head.writeInt32LE(1, headerBytes + 16);
  return [head, document];
}
