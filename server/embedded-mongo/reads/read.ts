import { boundExpressions, ExpressionsTooSlow } from "../aggregate/time-bound.js";
import type { DocumentSource } from "../cursors/cursor-registry.js";
import { TooSlow, Turn } from "../planner/turn.js";
import { openRead } from "./open-read.js";
import type { ReadContext, ReadRequest } from "./read-request.js";
import type { SlowReader } from "./slow-reader.js";

/** How much of the serving thread's time one read may take before it moves to the slow reader. */
const budgetMs = 25;

/**
 * Opens a read where it belongs: here when an index or a small collection makes it quick, else in the slow
 * reader. One that turns out slow before its first batch moves there and nobody notices.
 */
export function startRead(
  context: ReadContext,
  slow: SlowReader,
  request: ReadRequest,
): DocumentSource {
  if (request.large === true) return slow.open(request);
  let source: DocumentSource;
  try {
    const open = (): DocumentSource => openRead(context, request, new Turn(budgetMs));
    // variables are computed before anything is read
    source = request.body.has("let") ? boundExpressions(open) : open();
  } catch (error) {
    if (!(error instanceof TooSlow || error instanceof ExpressionsTooSlow)) throw error;
    return slow.open(request);
  }
  const move = (error: unknown): DocumentSource => {
    if (!(error instanceof TooSlow)) throw error;
    source.close();
    source = slow.open(request);
    return source;
  };
  return {
    next: (limit, bytes, deadline) => {
      try {
        const batch = source.next(limit, bytes, deadline);
        if (!(batch instanceof Promise)) return batch;
        return batch.catch((error: unknown) => move(error).next(limit, bytes, deadline));
      } catch (error) {
        return move(error).next(limit, bytes, deadline);
      }
    },
    close: () => source.close(),
  };
}
