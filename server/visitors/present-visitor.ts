import type { VisitorSummary } from "../../shared/wire.js";
import type { Visitor } from "./visitor-store.js";

/** A visitor as operators see them in the inbox. */
export function presentVisitor(visitor: Visitor, online: boolean): VisitorSummary {
  return {
    id: visitor.id,
    number: visitor.number,
    name: visitor.profile.name,
    email: visitor.profile.email,
    online,
  };
}
