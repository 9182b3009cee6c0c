import { mongo, Schema, type Connection } from "mongoose";
import { z } from "zod";
import type { StoredAttachment } from "../attachments/attachment-store.js";
import { DUPLICATE_KEY } from "../infra/duplicate-key.js";
import { groupCalls } from "../infra/group-calls.js";
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

type MessageRecord = StoredMessage & { _id: string };

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
    attachments: { type: Schema.Types.Mixed, required: true },
    sentAt: { type: Number, required: true },
    revision: { type: Number, required: true },
    visitorMessages: { type: Number, required: true },
    waitingSince: { type: Number, default: null },
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
  return {
    _id: placeId(message.conversation, message.seq),
    site: message.site,
    conversation: message.conversation,
    seq: message.seq,
    author: message.author,
    authorName: message.authorName,
    clientId: message.clientId,
    text: message.text,
    attachments: message.attachments,
    sentAt: message.sentAt,
    revision: message.revision,
    visitorMessages: message.visitorMessages,
    waitingSince: message.waitingSince,
  };
}

export function createMessageStore(db: Connection): MessageStore {
  const messages = db.model<MessageRecord>("Message", messageSchema);
  /** For the write that needs none of Mongoose: its casting costs more than the write. */
  const native = db.getClient().db(db.name);

  // As a command: building a bulk write costs more than the rest of the way. Whoever is not told
  // "stored" repeats, so nothing is lost without the driver's own second try.
  const insert = groupCalls<StoredMessage, "stored" | "taken">(async (group) => {
    const reply: unknown = await native.command({
      insert: "messages",
      documents: group.map(toRecord),
      ordered: false,
      writeConcern: onDisk,
    });
    const taken = takenPlaces(reply);
    return group.map((_, at) => (taken.has(at) ? "taken" : "stored"));
  }, GROUP);

  async function findNewest(filter: object): Promise<StoredMessage | null> {
    return await messages.findOne(filter).sort({ _id: -1 }).lean<MessageRecord>();
  }

  return {
    insert,
    async findByClientId(conversation, author, clientId) {
      return await messages.findOne({ conversation, author, clientId }).lean<MessageRecord>();
    },
    async has(conversation, clientId) {
      return (await messages.exists({ conversation, clientId })) !== null;
    },
    findLast: (conversation, upTo) => findNewest(between(conversation, 0, upTo)),
    findLastOfVisitor: (conversation) =>
      findNewest({ ...between(conversation, 0), author: "v" satisfies AuthorKey }),
    async list(conversation, afterSeq, limit) {
      return await messages
        .find(between(conversation, afterSeq))
        .sort({ _id: 1 })
        .limit(limit)
        .lean<MessageRecord[]>();
    },
    async listChanged(conversation, afterRevision, upToSeq) {
      return await messages
        .find({ ...between(conversation, 0, upToSeq), revision: { $gt: afterRevision } })
        .sort({ _id: 1 })
        .lean<MessageRecord[]>();
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

const insertReply = z.object({
  writeErrors: z
    .array(z.object({ index: z.number(), code: z.number(), errmsg: z.string() }))
    .default([]),
  writeConcernError: z.object({ code: z.number(), errmsg: z.string() }).optional(),
});

/**
 * The places of a group that were refused as duplicates. Any other failure concerns the whole
 * group: nobody may be told "stored" on a guess.
 */
function takenPlaces(reply: unknown): Set<number> {
  const { writeErrors, writeConcernError } = insertReply.parse(reply);
  const failure = writeErrors.find(({ code }) => code !== DUPLICATE_KEY) ?? writeConcernError;
  if (failure !== undefined) throw new mongo.MongoServerError(failure);
  return new Set(writeErrors.map(({ index }) => index));
}
