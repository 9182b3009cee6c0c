import type { Connection } from "mongoose";
import type { Author } from "../../shared/wire.js";
import type { RunCommand } from "../infra/mongo.js";
import { matchedBy } from "../infra/replies.js";
import { onDisk } from "../infra/write-concern.js";

/** What new messages do to their conversation's row; of several, the newest one speaks. */
export interface MessageNote {
  id: string;
  seq: number;
  /** The newest message of the visitor's among them, which reopens a conversation; 0: none. */
  visitorSeq: number;
  author: Author["kind"];
  visitorMessages: number;
  waitingSince: number | null;
  /** The whole of the newest message's text. */
  text: string;
  lastPhotos: number;
  lastAt: number;
  expireAt: Date;
}

/** As much of a conversation's record as notes look at. */
interface Row {
  _id: string;
  state: "open" | "closed";
  closedSeq: number;
  lastSeq: number;
  erasedAt: number | null;
}

export interface NoteStore {
  /**
   * Takes notes of different conversations into their rows, in one write, only forwards. Answers the
   * ids of conversations that are gone.
   */
  write(notes: MessageNote[]): Promise<string[]>;
}

/** Characters of the newest message that an inbox row shows. */
const LINE = 140;

function lineOf(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, LINE);
}

export function createNoteStore(db: Connection, runCommand: RunCommand): NoteStore {
  // Without Mongoose: its casting costs more than the write.
  const rows = db.collection<Row>("conversations");

  const forwards = (note: MessageNote, reopens: boolean) => {
    const { id, seq, visitorSeq, author, text, ...row } = note;
    return {
      filter: {
        _id: id,
        lastSeq: { $lt: seq },
        erasedAt: null,
        ...(reopens ? { closedSeq: { $lt: visitorSeq } } : {}),
      },
      update: {
        $set: {
          ...row,
          lastSeq: seq,
          lastAuthor: author,
          lastText: lineOf(text),
          ...(reopens ? { state: "open" as const } : {}),
        },
        $inc: { revision: 1 },
      },
    };
  };

  /**
   * A note that changed no row was late (another node noted a newer message), a repeat, older than
   * the closing, or its conversation is gone. A late visitor's message must still reopen.
   */
  async function settle(note: MessageNote, row: Row): Promise<void> {
    const { filter, update } = forwards(note, false);
    if (row.lastSeq < note.seq) await rows.updateOne(filter, update);
    if (row.state === "closed" && row.closedSeq < note.visitorSeq)
      await rows.updateOne(
        { _id: note.id, state: "closed", closedSeq: { $lt: note.visitorSeq } },
        { $set: { state: "open" }, $inc: { revision: 1 } },
      );
  }

  return {
    async write(notes) {
      const reply = await runCommand({
        update: "conversations",
        updates: notes.map((note) => {
          const { filter, update } = forwards(note, note.visitorSeq > 0);
          return { q: filter, u: update };
        }),
        ordered: false,
        writeConcern: onDisk,
      });
      if (matchedBy(reply) === notes.length) return [];
      const ids = notes.map(({ id }) => id);
      const found = await rows.find({ _id: { $in: ids }, erasedAt: null }).toArray();
      const byId = new Map(found.map((row) => [row._id, row]));
      const gone: string[] = [];
      for (const note of notes) {
        const row = byId.get(note.id);
        if (row === undefined) gone.push(note.id);
        else await settle(note, row);
      }
      return gone;
    },
  };
}
