import type { Outbox, OutboxEntry } from "../state/outbox.js";

/**
 * Where unsent messages wait for the next page. Only with `preferences` granted is that IndexedDB
 * (it keeps photos too); before, it is the page's memory, because the browser may hold the session
 * cookie and nothing else. The database exists only while something waits in it.
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
  let used = false;
  let queue: Promise<unknown> = Promise.resolve();
  /** One after the other, so that an older state never overwrites a newer one. */
  const inTurn = <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    const result = queue.then(work).catch(() => {
      failed();
      return otherwise;
    });
    queue = result;
    return result;
  };
  const erase = (): void => {
    void inTurn(async () => {
      used = false;
      await finished(indexedDB.deleteDatabase(name));
    }, undefined);
  };
  return {
    keeps: mayKeep,
    erase,
    save(outbox) {
      if (outbox.length === 0 || !mayKeep()) {
        if (used) erase();
        return;
      }
      used = true;
      void inTurn(
        () =>
          withStore(name, "readwrite", async (store) => {
            store.clear();
            for (const [at, entry] of outbox.entries()) store.put(entry, at);
            await Promise.resolve();
          }),
        undefined,
      );
    },
    load() {
      if (!mayKeep()) return Promise.resolve([]);
      return inTurn(async () => {
        // Firefox 115 cannot list databases; there an empty one is made, found empty and deleted.
        const list = (indexedDB as { databases?: IDBFactory["databases"] }).databases;
        const known = await list?.call(indexedDB);
        if (known && !known.some((database) => database.name === name)) return [];
        used = true;
        return withStore(name, "readonly", async (store) => {
          const kept: unknown = await finished(store.getAll());
          return Array.isArray(kept) ? kept.filter(isEntry) : [];
        });
      }, []);
    },
  };
}

/** Enough to tell an entry that this version wrote from anything else. */
export function isEntry(value: unknown): value is OutboxEntry {
  return (
    typeof value === "object" &&
    value !== null &&
    "clientId" in value &&
    typeof value.clientId === "string" &&
    "conversationId" in value &&
    typeof value.conversationId === "string" &&
    "text" in value &&
    typeof value.text === "string" &&
    "photos" in value &&
    Array.isArray(value.photos) &&
    "state" in value &&
    "notBefore" in value
  );
}

async function withStore<T>(
  name: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("entries");
  const database = await finished(opening);
  try {
    const transaction = database.transaction("entries", mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () =>
        reject(transaction.error ?? new Error("the transaction was aborted"));
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
    request.onerror = () => reject(request.error ?? new Error("the request failed"));
  });
}
