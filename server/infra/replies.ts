import { mongo } from "mongoose";
import { z } from "zod";
import { DUPLICATE_KEY } from "./duplicate-key.js";
import type { RunCommand } from "./mongo.js";

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

/** The documents are of their collection's type, as they are with the driver. */
const batch = z.object({ cursor: z.object({ firstBatch: z.array(z.custom<never>()) }) });

/** Asks for the documents of a find, of which there are so many at most, in one answer. */
export async function findAtMost<T>(
  runCommand: RunCommand,
  command: { find: string; filter: object; sort?: object },
  most: number,
): Promise<T[]> {
  const reply = await runCommand({ ...command, batchSize: most, singleBatch: true });
  return batch.parse(reply).cursor.firstBatch;
}
