import type { Outbox, OutboxEntry } from "../state/outbox.js";

/**
 * Where unsent messages wait for the next page. Only with `preferences` granted is that IndexedDB
 * (it keeps photos too); before, it is the page's memory, because the browser may hold the session
 * cookie and nothing else. The database exists only while something waits in it. Each page keeps what waits
 * in it under keys of its own and touches no other's; a new page takes over what it finds. A page that still
 * lives sends such a message, too: `clientId` makes it one.
 */
export interface OutboxStorage {
  save: (outbox: Outbox) => void;
  /** What an earlier page left; empty where nothing may be or can be kept. */
  load: () => Promise<Outbox>;
  /** Whether what is saved outlives this page. */
  keeps: () => boolean;
  /** Deletes it, for ever. */
  erase: () => void;
}

export function makeOutboxStorage(
  key: string,
  mayKeep: () => boolean,
  failed: () => void,
): OutboxStorage {
  const name = `porchlight_outbox_${key}`;
  const page = Math.random();
  /** Something of ours may be there, once the queue is through: told only where work is asked for. */
  let used = false;
  let queue: Promise<unknown> = Promise.resolve();
  /**
   * One after the other, so that an older state never overwrites a newer one; and other tabs wait meanwhile
   * where the browser has locks, so that none writes into a database that another finds empty and deletes.
   */
  const inTurn = <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    const locks = navigator.locks as LockManager | undefined;
    const alone = (): Promise<T> => locks?.request(name, work) ?? work();
    const result = queue.then(alone).catch(() => {
      failed();
      return otherwise;
    });
    queue = result;
    return result;
  };
  const drop = (): Promise<unknown> => finished(indexedDB.deleteDatabase(name));
  const erase = (): void => {
    used = false;
    void inTurn(drop, undefined);
  };
  /** Makes room in the store and puts there what this page has; the database goes where nothing is left. */
  const put = (takeOut: (store: IDBObjectStore) => Promise<Outbox>): Promise<Outbox> =>
    inTurn(async () => {
      let left = 0;
      const outbox = await withStore(name, async (store) => {
        const entries = await takeOut(store);
        for (const [at, entry] of entries.entries()) store.put(entry, [page, at]);
        left = await finished(store.count());
        return entries;
      });
      if (left === 0) await drop();
      return outbox;
    }, []);
  return {
    keeps: mayKeep,
    erase,
    save(outbox) {
      if (!mayKeep()) {
        if (used) erase();
        return;
      }
      if (outbox.length === 0 && !used) return;
      used = outbox.length > 0;
      void put((store) => {
        // In IndexedDB's order an array follows every number.
        store.delete(IDBKeyRange.bound([page], [page, []]));
        return Promise.resolve(outbox);
      });
    },
    load() {
      if (!mayKeep()) return Promise.resolve([]);
      used = true;
      return put(async (store) => {
        const kept: unknown[] = await finished(store.getAll());
        store.clear();
        return kept.filter(isEntry);
      });
    },
  };
}

/** Enough to tell an entry that this version wrote from anything else. */
export function isEntry(value: unknown): value is OutboxEntry {
  const entry = value as Partial<Record<keyof OutboxEntry, unknown>> | null | undefined;
  return (
    typeof entry?.clientId === "string" &&
    typeof entry.conversationId === "string" &&
    typeof entry.text === "string" &&
    typeof entry.state === "string" &&
    typeof entry.notBefore === "number" &&
    Array.isArray(entry.photos)
  );
}

async function withStore<T>(name: string, work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("entries");
  const database = await finished(opening);
  try {
    const transaction = database.transaction("entries", "readwrite");
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      // An error aborts it, too.
      transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    });
    const result = await work(transaction.objectStore("entries"));
    await done;
    return result;
  } finally {
    database.close();
  }
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("aborted"));
  });
}
