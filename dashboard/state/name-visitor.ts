import type { InboxRow, VisitorSummary } from "../../shared/wire.js";
import { tellMany } from "./tell-numbers.js";

/** What an operator calls somebody: the name given, else the address, else a number. */
export function nameVisitor(visitor: VisitorSummary): string {
  if (visitor.name !== "") return visitor.name;
  if (visitor.email !== "") return visitor.email;
  return `Visitor ${visitor.number}`;
}

/** The last message in one line. */
export function tellLastLine(row: InboxRow): string {
  const text = row.lastText.replace(/\s+/g, " ").trim();
  if (text !== "") return text;
  if (row.lastPhotos === 1) return "Photo";
  if (row.lastPhotos > 1) return tellMany(row.lastPhotos, "photo", "photos");
  return "";
}
