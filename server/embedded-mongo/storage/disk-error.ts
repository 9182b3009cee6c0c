import { mongoError, type MongoError } from "../mongo-error.js";

/** Numbers that lmdb and the system give when there is no room: ENOSPC, EDQUOT, EFBIG, MDB_MAP_FULL. */
const noRoom = new Set([28, 122, 27, -30792]);
/** EIO: what lmdb says when the system took only a part of a write, which is how a disk becomes full. */
const partWritten = 5;
/** EROFS */
const readOnly = 30;

function numberOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "number" ? error.code : undefined;
}

/** The coded error for a write that the disk refused; undefined for anything that is not the disk's doing. */
export function diskError(error: unknown): MongoError | undefined {
  const code = numberOf(error);
  const text = error instanceof Error ? error.message : "";
  if (
    (code !== undefined && noRoom.has(code)) ||
    /no space left|MDB_MAP_FULL|quota exceeded|file too large/i.test(text)
  )
    return mongoError(
      14031,
      "No room left on the disk: the write was not stored; free some space and repeat it",
    );
  if (code === partWritten || /input\/output error/i.test(text))
    return mongoError(
      14031,
      "The disk did not take the whole write: it is full, or it fails. The write was not stored",
    );
  if (code === readOnly || /read-only file system/i.test(text))
    return mongoError(8, `The disk refused the write: ${text}`);
  return undefined;
}
