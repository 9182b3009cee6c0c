import { open } from "lmdb";
import { serialize } from "bson";

/** Inserts per second into lmdb itself, flushed like the embedded database's, so many to a commit. */
export async function measureBareLmdb(path: string, seconds: number): Promise<Map<number, number>> {
  const db = open<Buffer, Uint8Array>({
    path,
    keyEncoding: "binary",
    encoding: "binary",
    overlappingSync: false,
    mapSize: 2 ** 36,
  });
  const value = Buffer.from(serialize({ _id: 1, conversation: 1, seq: 1, text: "x".repeat(120) }));
  const rates = new Map<number, number>();
  let id = 0;
  for (const perCommit of [1, 10, 100]) {
    const started = performance.now();
    let count = 0;
    while (performance.now() < started + seconds * 1_000) {
      db.transactionSync(() => {
        for (let at = 0; at < perCommit; at++) {
          const key = Buffer.allocUnsafe(8);
          key.writeDoubleBE(id++);
          void db.put(key, value);
        }
      });
      count += perCommit;
    }
    rates.set(perCommit, (count / (performance.now() - started)) * 1_000);
  }
  await db.close();
  return rates;
}
