import { z } from "zod";
import { limits } from "../../shared/limits.js";
import type { Profile } from "../../shared/wire.js";
import { refuse } from "../errors.js";
import type { Visitor, VisitorStore } from "./visitor-store.js";

/** Both fields may be empty: who a visitor is, is theirs to say. */
export const profileSchema: z.ZodType<Profile> = z.object({
  name: z.string().max(limits.name),
  email: z.string().max(limits.email),
});

const emailPattern = /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/u;

/**
 * Stores what a visitor says of themselves (or an erasure request corrects). With `when`, only while
 * their token has not ended.
 * @throws EMAIL_INVALID, UNKNOWN_VISITOR
 */
export async function saveProfile(
  deps: { visitors: VisitorStore },
  site: { id: string },
  visitorId: string,
  profile: Profile,
  when?: { revokedAt: null },
): Promise<Visitor> {
  const name = profile.name.replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
  const email = profile.email.trim();
  if (email !== "" && !emailPattern.test(email)) throw refuse("EMAIL_INVALID");
  const change = { profile: { name, email } };
  const visitor = await deps.visitors.change(site.id, visitorId, change, when);
  if (visitor === null) throw refuse("UNKNOWN_VISITOR");
  return visitor;
}
