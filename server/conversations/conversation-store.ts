import { Schema } from "mongoose";
import type { Author, InboxCursor } from "../../shared/wire.js";
import { isDuplicateKey } from "../infra/duplicate-key.js";
import type { Mongo } from "../infra/mongo.js";
import { findAtMost } from "../infra/replies.js";
import { createNoteStore, type MessageNote } from "./note-store.js";
import { createRowWriter } from "./write-rows.js";

/**
 * A conversation as stored: who it belongs to, the marks and the row that the inbox shows. What can
 * be worked out from the newest message is copied here by `noteMessage`, and only ever forwards.
 */
export interface StoredConversation {
  id: string;
  site: string;
  visitor: string;
  state: "open" | "closed";
  /** `lastSeq` at the moment of closing: a visitor's message beyond it reopens. */
  closedSeq: number;
  lastSeq: number;
  /** Counts every change of this record and of older messages. */
  revision: number;
  /** Revision at which an older message last changed; 0 if none ever did. */
  changedRevision: number;
  /** Revision under which older messages are being changed right now; 0 when none are. */
  changing: number;
  readByVisitor: number;
  readByOperator: number;
  /** Visitor's messages so far, and how many of them an operator has read. */
  visitorMessages: number;
  visitorMessagesRead: number;
  waitingSince: number | null;
  lastText: string;
  lastPhotos: number;
  lastAuthor: Author["kind"];
  lastAt: number;
  createdAt: number;
  /** Set on what is left of an erased conversation: the id, so that it is not begun anew. */
  erasedAt: number | null;
  expireAt: Date;
}

export type ConversationChange = Partial<
  Omit<StoredConversation, "id" | "site" | "visitor" | "revision">
>;

export interface ConversationStore {
  find(id: string): Promise<StoredConversation | null>;
  findMany(ids: string[]): Promise<StoredConversation[]>;
  /** Stores the conversation unless its id is taken; answers the one that is stored. */
  createOnce(conversation: StoredConversation): Promise<StoredConversation>;
  /**
   * Takes a stored message into the row, soon, once and only forwards; all reads of this store wait
   * for it. `gone` is called when the conversation turns out to be gone.
   */
  noteMessage(note: MessageNote, gone: () => void): void;
  /** Resolves when every message noted so far is in its row. */
  settle(): Promise<void>;
  /** Sets fields and counts one revision, if `when` still holds; null when it does not. */
  change(
    id: string,
    when: Record<string, unknown>,
    change: ConversationChange,
  ): Promise<StoredConversation | null>;
  /** A site's conversations with a message, newest first, none that is past its period. */
  list(query: {
    site: string;
    state: "open" | "closed";
    /** The place that the rows come after. */
    before: InboxCursor | null;
    limit: number;
    now: number;
  }): Promise<StoredConversation[]>;
  /** Of some visitors, newest first, none that is past its period. */
  listOfVisitors(visitors: string[], now: number): Promise<StoredConversation[]>;
  /** Moves the end of the period. False when the conversation is gone. */
  prolong(id: string, expireAt: Date): Promise<boolean>;
  findExpired(now: number, limit: number): Promise<StoredConversation[]>;
  /** Leaves nothing but the id, to go at `expireAt`. */
  erase(id: string, site: string, erasedAt: number, expireAt: Date): Promise<void>;
  remove(id: string): Promise<void>;
  applyRetention(site: string, periodMs: number): Promise<void>;
}

type ConversationRecord = Omit<StoredConversation, "id"> & { _id: string };

const number = { type: Number, required: true };
const conversationSchema = new Schema<ConversationRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    visitor: String,
    state: { type: String, enum: ["open", "closed"], required: true },
    closedSeq: number,
    lastSeq: number,
    revision: number,
    changedRevision: number,
    changing: number,
    readByVisitor: number,
    readByOperator: number,
    visitorMessages: number,
    visitorMessagesRead: number,
    waitingSince: { type: Number, default: null },
    lastText: String,
    lastPhotos: number,
    lastAuthor: String,
    lastAt: number,
    createdAt: number,
    erasedAt: { type: Number, default: null },
    // No TTL index: messages and photos hang on it, so expire-conversations.ts takes all of them.
    expireAt: { type: Date, required: true },
  },
  { autoIndex: false, versionKey: false, collection: "conversations" },
);
conversationSchema.index({ site: 1, state: 1, lastAt: -1, _id: 1 });
conversationSchema.index({ visitor: 1 });
conversationSchema.index({ expireAt: 1 });

/** A row's place among a site's rows of one state: where the next page begins. */
export function placeOf({ lastAt, id }: StoredConversation): InboxCursor {
  return { lastAt, id };
}

/** The first condition is what an index is read by. */
function after({ lastAt, id }: InboxCursor) {
  return {
    lastAt: { $lte: lastAt },
    $or: [{ lastAt: { $lt: lastAt } }, { _id: { $gt: id } }],
  };
}

function toConversation({ _id, ...rest }: ConversationRecord): StoredConversation {
  return { id: _id, ...rest };
}

function toRecord({ id, ...rest }: StoredConversation): ConversationRecord {
  return { _id: id, ...rest };
}

/** `onLate` is told of rows that could not be written yet. */
export function createConversationStore(
  mongo: Pick<Mongo, "connection" | "openLine">,
  onLate: (error: unknown) => void = () => undefined,
): ConversationStore {
  const db = mongo.connection;
  const runCommand = mongo.openLine();
  const conversations = db.model<ConversationRecord>("Conversation", conversationSchema);
  /** For writes that need none of Mongoose: its casting costs more than the write. */
  const raw = db.collection<ConversationRecord>("conversations");

  const rows = createRowWriter({ ...createNoteStore(db, runCommand), onError: onLate });
  /** Before a read. Where rows cannot be written, what is there is still read. */
  const settled = (ids?: readonly string[]) => rows.settle(ids).catch(() => undefined);

  async function find(id: string): Promise<StoredConversation | null> {
    // All of them: many who ask at once, after an outage, share one write.
    await settled();
    const found = await conversations.findOne({ _id: id }).lean<ConversationRecord>();
    return found === null ? null : toConversation(found);
  }

  async function findMany(ids: string[]): Promise<StoredConversation[]> {
    await settled(ids);
    const query = { find: "conversations", filter: { _id: { $in: ids } } };
    const found = await findAtMost<ConversationRecord>(runCommand, query, ids.length);
    return found.map(toConversation);
  }

  return {
    find,
    findMany,
    async createOnce(conversation) {
      try {
        await raw.insertOne(toRecord(conversation));
        return conversation;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const stored = await find(conversation.id);
        if (stored === null) throw error;
        return stored;
      }
    },
    noteMessage: (note, gone) => rows.note(note, gone),
    settle: () => rows.settle(),
    async change(id, when, change) {
      const changed = await conversations
        .findOneAndUpdate(
          { ...when, _id: id, erasedAt: null },
          { $set: change, $inc: { revision: 1 } },
          { returnDocument: "after" },
        )
        .lean<ConversationRecord>();
      return changed === null ? null : toConversation(changed);
    },
    async list({ site, state, before, limit, now }) {
      await settled();
      const filter = {
        site,
        state,
        lastSeq: { $gt: 0 },
        erasedAt: null,
        expireAt: { $gt: new Date(now) },
        ...(before === null ? {} : after(before)),
      };
      const found = await conversations
        .find(filter)
        .sort({ lastAt: -1, _id: 1 })
        .limit(limit)
        .lean<ConversationRecord[]>();
      return found.map(toConversation);
    },
    async listOfVisitors(visitors, now) {
      await settled();
      const found = await conversations
        .find({ visitor: { $in: visitors }, erasedAt: null, expireAt: { $gt: new Date(now) } })
        .sort({ createdAt: -1 })
        .lean<ConversationRecord[]>();
      return found.map(toConversation);
    },
    async prolong(id, expireAt) {
      const { matchedCount } = await raw.updateOne(
        { _id: id, erasedAt: null },
        { $set: { expireAt } },
      );
      return matchedCount === 1;
    },
    async findExpired(now, limit) {
      await settled();
      const found = await conversations
        .find({ expireAt: { $lte: new Date(now) } })
        .limit(limit)
        .lean<ConversationRecord[]>();
      return found.map(toConversation);
    },
    async erase(id, site, erasedAt, expireAt) {
      const nothing: ConversationRecord = {
        _id: id,
        site,
        visitor: "",
        state: "closed",
        closedSeq: 0,
        lastSeq: 0,
        revision: 0,
        changedRevision: 0,
        changing: 0,
        readByVisitor: 0,
        readByOperator: 0,
        visitorMessages: 0,
        visitorMessagesRead: 0,
        waitingSince: null,
        lastText: "",
        lastPhotos: 0,
        lastAuthor: "visitor",
        lastAt: 0,
        createdAt: 0,
        erasedAt,
        expireAt,
      };
      await conversations.replaceOne({ _id: id }, nothing);
    },
    async remove(id) {
      await conversations.deleteOne({ _id: id });
    },
    async applyRetention(site, periodMs) {
      await settled();
      const cursor = conversations
        .find({ site, erasedAt: null }, { lastAt: 1 })
        .lean<ConversationRecord[]>()
        .cursor();
      for await (const { _id, lastAt } of cursor)
        await conversations.updateOne(
          { _id, lastAt },
          { $set: { expireAt: new Date(lastAt + periodMs) } },
        );
    },
  };
}
