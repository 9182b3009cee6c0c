import { mongo } from "mongoose";
import { z } from "zod";
import { DUPLICATE_KEY } from "./duplicate-key.js";

const written = z.object({
  n: z.number(),
  writeErrors: z
    .array(z.object({ index: z.number(), code: z.number(), errmsg: z.string() }))
    .default([]),
  writeConcernError: z.object({ code: z.number(), errmsg: z.string() }).optional(),
});

/**
 * Of a reply to an unordered insert, the places of the documents that were refused as duplicates.
 * @throws MongoServerError for any other failure. It concerns the whole write: nobody may be told "stored"
 *   on a guess.
 */
export function refusedAsDuplicates(reply: unknown): number[] {
  const { writeErrors, writeConcernError } = written.parse(reply);
  const failure = writeErrors.find(({ code }) => code !== DUPLICATE_KEY) ?? writeConcernError;
  if (failure !== undefined) throw new mongo.MongoServerError(failure);
  return writeErrors.map(({ index }) => index);
}

/**
 * Of a reply to an update, how many documents the statements met.
 * @throws MongoServerError where one of them failed
 */
export function matchedBy(reply: unknown): number {
  const { n, writeErrors, writeConcernError } = written.parse(reply);
  const failure = writeErrors[0] ?? writeConcernError;
  if (failure !== undefined) throw new mongo.MongoServerError(failure);
  return n;
}

/** Of a reply to a find, the documents: all of them where it asked for a `singleBatch` as large as that. */
export function documentsOf<T>(reply: unknown): T[] {
  return z.object({ cursor: z.object({ firstBatch: z.array(z.custom<T>()) }) }).parse(reply).cursor
    .firstBatch;
}
