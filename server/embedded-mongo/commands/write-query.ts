import { mongoError } from "../mongo-error.js";
import type { Query } from "../planner/query.js";
import { onCollection, parseQuery } from "../reads/parse-query.js";
import type { Arguments } from "./arguments.js";
import type { ServerContext } from "./command.js";
import { refuseSystemViews, refuseView } from "./namespaces.js";

/** The query of one update or delete statement against the collection as it is now. */
export function writeQuery(
  context: ServerContext,
  namespace: string,
  args: Arguments,
): Query | undefined {
  if (!args.has("q"))
    throw mongoError(40414, `BSON field '${args.name}.q' is missing but a required field`);
  refuseSystemViews(namespace);
  const collection = context.store.catalog.find(namespace);
  if (collection === undefined) refuseView(context, namespace);
  return onCollection(parseQuery(args, "q"), collection);
}
