import { Schema } from "mongoose";
import type { StoredAttachment } from "../attachments/attachment-store.js";
import { groupCalls } from "../infra/group-calls.js";
import type { Mongo } from "../infra/mongo.js";
import { refusedAsDuplicates } from "../infra/replies.js";
import { onDisk } from "../infra/write-concern.js";
import { LAST_PLACE, placeId } from "./place-id.js";

/** "v" for the conversation's visitor, "o:ID" for an operator. */
export type AuthorKey = "v" | `o:${string}`;

export interface StoredMessage {
  site: string;
  conversation: string;
  seq: number;
  author: AuthorKey;
  /** What the visitor reads as the operator's name; empty for a visitor. */
  authorName: string;
  clientId: string;
  text: string;
  attachments: StoredAttachment[];
  sentAt: number;
  revision: number;
  /** Visitor's messages in the conversation up to and including this one. */
  visitorMessages: number;
  /** Since when the visitor waits for an answer after this message; null: not. */
  waitingSince: number | null;
}

export interface MessageStore {
  /**
   * Stores a message unless its place or its (conversation, author, clientId) is taken. Messages
   * that arrive together are written together; no two of one conversation may be under way at once.
   */
  insert(message: StoredMessage): Promise<"stored" | "taken">;
  findByClientId(
    conversation: string,
    author: AuthorKey,
    clientId: string,
  ): Promise<StoredMessage | null>;
  /** Whether anybody's message has this `clientId`. */
  has(conversation: string, clientId: string): Promise<boolean>;
  /** The newest message with at most this seq. */
  findLast(conversation: string, upTo?: number): Promise<StoredMessage | null>;
  findLastOfVisitor(conversation: string): Promise<StoredMessage | null>;
  list(conversation: string, afterSeq: number, limit: number): Promise<StoredMessage[]>;
  /** Messages up to a seq that changed after a revision: few, since only erasure changes one. */
  listChanged(
    conversation: string,
    afterRevision: number,
    upToSeq: number,
  ): Promise<StoredMessage[]>;
  /** Takes photos out of messages, as of a revision of their conversation. */
  removeAttachments(conversation: string, revision: number): Promise<void>;
  remove(conversation: string): Promise<void>;
}

/** What nearly all messages would hold alike is left out: it is a sixth of what a message costs the disk. */
interface Unusual {
  authorName: string;
  attachments: StoredAttachment[];
  revision: number;
  waitingSince: number | null;
}

type MessageRecord = Omit<StoredMessage, keyof Unusual> & Partial<Unusual> & { _id: string };

// No `expireAt`: a message goes with its conversation, whose period starts anew with each message.
const messageSchema = new Schema<MessageRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    conversation: { type: String, required: true },
    seq: { type: Number, required: true },
    author: { type: String, required: true },
    authorName: String,
    clientId: { type: String, required: true },
    text: String,
    attachments: Schema.Types.Mixed,
    sentAt: { type: Number, required: true },
    revision: Number,
    visitorMessages: { type: Number, required: true },
    waitingSince: Number,
  },
  { autoIndex: false, versionKey: false, collection: "messages" },
);
messageSchema.index({ conversation: 1, author: 1, clientId: 1 }, { unique: true });

/** Most messages in one write. */
const GROUP = 200;

/** The places of a conversation after one, up to another; cursors may name places that never were. */
function between(conversation: string, after: number, upTo = LAST_PLACE) {
  const id = (seq: number) => placeId(conversation, Math.min(seq, LAST_PLACE));
  return { _id: { $gt: id(after), $lte: id(upTo) } };
}

/** Written out: a spread costs more than the rest. */
function toRecord(message: StoredMessage): MessageRecord {
  const { conversation, seq, authorName, attachments, revision, waitingSince } = message;
  const record: MessageRecord = {
    _id: placeId(conversation, seq),
    site: message.site,
    conversation,
    seq,
    author: message.author,
    clientId: message.clientId,
    text: message.text,
    sentAt: message.sentAt,
    visitorMessages: message.visitorMessages,
  };
  if (authorName !== "") record.authorName = authorName;
  if (attachments.length > 0) record.attachments = attachments;
  if (revision !== 0) record.revision = revision;
  if (waitingSince !== null) record.waitingSince = waitingSince;
  return record;
}

function toMessage(record: MessageRecord): StoredMessage {
  return {
    site: record.site,
    conversation: record.conversation,
    seq: record.seq,
    author: record.author,
    clientId: record.clientId,
    text: record.text,
    sentAt: record.sentAt,
    visitorMessages: record.visitorMessages,
    authorName: record.authorName ?? "",
    attachments: record.attachments ?? [],
    revision: record.revision ?? 0,
    waitingSince: record.waitingSince ?? null,
  };
}

export function createMessageStore(mongo: Pick<Mongo, "connection" | "openLine">): MessageStore {
  const messages = mongo.connection.model<MessageRecord>("Message", messageSchema);
  const runCommand = mongo.openLine();

  // As a command: Mongoose's casting and the building of a bulk write cost more than the rest of the way.
  // Whoever is not told "stored" repeats, so nothing is lost without a second try of the driver's.
  const insert = groupCalls<StoredMessage, "stored" | "taken">(async (group) => {
    const reply = await runCommand({
      insert: "messages",
      documents: group.map(toRecord),
      ordered: false,
      writeConcern: onDisk,
    });
    const taken = new Set(refusedAsDuplicates(reply));
    return group.map((_, at) => (taken.has(at) ? "taken" : "stored"));
  }, GROUP);

  async function findNewest(filter: object): Promise<StoredMessage | null> {
    const found = await messages.findOne(filter).sort({ _id: -1 }).lean<MessageRecord>();
    return found === null ? null : toMessage(found);
  }

  return {
    insert,
    async findByClientId(conversation, author, clientId) {
      const found = await messages
        .findOne({ conversation, author, clientId })
        .lean<MessageRecord>();
      return found === null ? null : toMessage(found);
    },
    async has(conversation, clientId) {
      return (await messages.exists({ conversation, clientId })) !== null;
    },
    findLast: (conversation, upTo) => findNewest(between(conversation, 0, upTo)),
    findLastOfVisitor: (conversation) =>
      findNewest({ ...between(conversation, 0), author: "v" satisfies AuthorKey }),
    async list(conversation, afterSeq, limit) {
      const found = await messages
        .find(between(conversation, afterSeq))
        .sort({ _id: 1 })
        .limit(limit)
        .lean<MessageRecord[]>();
      return found.map(toMessage);
    },
    async listChanged(conversation, afterRevision, upToSeq) {
      const found = await messages
        .find({ ...between(conversation, 0, upToSeq), revision: { $gt: afterRevision } })
        .sort({ _id: 1 })
        .lean<MessageRecord[]>();
      return found.map(toMessage);
    },
    async removeAttachments(conversation, revision) {
      await messages.updateMany(
        { conversation, "attachments.0": { $exists: true } },
        { $set: { attachments: [], revision } },
      );
    },
    async remove(conversation) {
      await messages.deleteMany({ conversation });
    },
  };
}
