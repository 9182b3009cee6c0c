import type { MessageNote } from "./note-store.js";

interface Deps {
  /** Answers the ids of conversations that are gone. */
  write(notes: MessageNote[]): Promise<string[]>;
  /** Told when a write failed; it is tried again until it succeeds. */
  onError(error: unknown): void;
}

export interface RowWriter {
  /** Takes a stored message in. `gone` is called when its conversation turns out to be gone. */
  note(note: MessageNote, gone: () => void): void;
  /** Resolves when everything noted so far is in the rows. */
  settle(): Promise<void>;
}

/** How long notes are gathered: a busy conversation's row is written once in this time. */
const GATHER_MS = 500;
const RETRY_MS = 1000;
/** Rows in one write: a new message must not wait for many. */
const ROWS_AT_ONCE = 16;

/**
 * Writes conversations' rows behind their messages: a message is acknowledged when it is stored, and
 * what it does to the row follows within a moment, for all conversations in one write. Whoever reads
 * rows settles first and so sees what was acknowledged. What a crash leaves undone, `mend-rows` does.
 */
export function createRowWriter(deps: Deps): RowWriter {
  interface Waiting {
    note: MessageNote;
    gone: () => void;
  }
  let waiting = new Map<string, Waiting>();
  let writing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  function take({ note, gone }: Waiting, within: number): void {
    const known = waiting.get(note.id);
    waiting.set(note.id, {
      note: known === undefined ? note : newest(known.note, note),
      gone,
    });
    timer ??= setTimeout(() => {
      timer = null;
      settle().catch((error: unknown) => deps.onError(error));
    }, within);
  }

  async function writeAll(): Promise<void> {
    const notes = waiting;
    waiting = new Map();
    try {
      while (notes.size > 0) {
        const some = [...notes.values()].slice(0, ROWS_AT_ONCE);
        const gone = await deps.write(some.map(({ note }) => note));
        for (const id of gone) notes.get(id)?.gone();
        for (const { note } of some) notes.delete(note.id);
      }
    } catch (error) {
      for (const one of notes.values()) take(one, RETRY_MS);
      throw error;
    }
  }

  function start(): Promise<void> {
    return (writing ??= writeAll().finally(() => {
      writing = null;
    }));
  }

  async function settle(): Promise<void> {
    // What is under way may have begun before the newest note; the next write has it.
    if (writing !== null) await writing;
    if (waiting.size > 0 || writing !== null) await start();
  }

  return {
    note: (note, gone) => take({ note, gone }, GATHER_MS),
    settle,
  };
}

/** Two notes of one conversation as one. */
function newest(one: MessageNote, other: MessageNote): MessageNote {
  return {
    ...(other.seq > one.seq ? other : one),
    visitorSeq: Math.max(one.visitorSeq, other.visitorSeq),
  };
}
