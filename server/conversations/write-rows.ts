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
  /** Resolves when everything noted so far is in the rows: in all, or in those of some conversations. */
  settle(ids?: readonly string[]): Promise<void>;
}

/** How long notes are gathered: a busy conversation's row is written once in this time. */
const GATHER_MS = 1000;
/** Rows whose time comes within this go along with one whose time has come. */
const NEARLY_MS = 50;
/** Rows in one write: a new message must not wait for many. */
const ROWS_AT_ONCE = 8;

/**
 * Writes conversations' rows behind their messages: a message is acknowledged when it is stored, and
 * what it does to the row follows within a moment, for several conversations in one write. Whoever
 * reads rows settles them first and so sees what was acknowledged. What a crash leaves undone,
 * `mend-rows` does.
 */
export function createRowWriter(deps: Deps): RowWriter {
  interface Waiting {
    note: MessageNote;
    gone: () => void;
    since: number;
  }
  /** The oldest first. */
  const waiting = new Map<string, Waiting>();
  let writing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  function take({ note, gone, since }: Waiting): void {
    const known = waiting.get(note.id);
    if (known === undefined) waiting.set(note.id, { note, gone, since });
    else known.note = newest(known.note, note);
    timer ??= setTimeout(writeDue, GATHER_MS);
  }

  function writeDue(): void {
    const due = performance.now() - GATHER_MS + NEARLY_MS;
    const ids: string[] = [];
    let next: number | null = null;
    for (const [id, { since }] of waiting) {
      if (since > due) {
        next = since;
        break;
      }
      ids.push(id);
    }
    timer = next === null ? null : setTimeout(writeDue, next - due + NEARLY_MS);
    settle(ids).catch((error: unknown) => deps.onError(error));
  }

  async function write(ids: readonly string[]): Promise<void> {
    const taken = ids.flatMap((id) => waiting.get(id) ?? []);
    for (const id of ids) waiting.delete(id);
    let done = 0;
    try {
      while (done < taken.length) {
        const some = taken.slice(done, done + ROWS_AT_ONCE);
        const gone = new Set(await deps.write(some.map(({ note }) => note)));
        done += some.length;
        for (const one of some) if (gone.has(one.note.id)) one.gone();
      }
    } catch (error) {
      const since = performance.now();
      for (const { note, gone } of taken.slice(done)) take({ note, gone, since });
      throw error;
    }
  }

  async function settle(ids?: readonly string[]): Promise<void> {
    // What is under way may have begun before the newest note.
    while (writing !== null) await writing;
    const mine = ids?.filter((id) => waiting.has(id)) ?? [...waiting.keys()];
    if (mine.length === 0) return;
    await (writing = write(mine).finally(() => {
      writing = null;
    }));
  }

  return {
    note: (note, gone) => take({ note, gone, since: performance.now() }),
    settle,
  };
}

/** Two notes of one conversation as one. */
function newest(one: MessageNote, other: MessageNote): MessageNote {
  const [newer, older] = other.seq > one.seq ? [other, one] : [one, other];
  return newer.visitorSeq >= older.visitorSeq ? newer : { ...newer, visitorSeq: older.visitorSeq };
}
