import type { DisclosureField, DisclosureRow } from "../../shared/privacy.js";
import type { Site } from "../sites/site.js";
import { collectPerson, type CollectDeps } from "./collect-person.js";

export type DisclosureReach = CollectDeps & {
  /** Whose conversation it is; null when the site has none of that id. */
  findOwner: (site: Site, conversationId: string) => Promise<string | null>;
};

/** What the entry names, of the conversation it names, and nothing else (JIVO-10); empty when that is gone. */
export async function collectDisclosure(
  deps: DisclosureReach,
  site: Site,
  { conversationId, fields }: Pick<DisclosureRow, "conversationId" | "fields">,
): Promise<Partial<Record<DisclosureField, unknown>>> {
  const visitorId = await deps.findOwner(site, conversationId);
  const visitor = visitorId === null ? null : await deps.visitors.find(site.id, visitorId);
  if (visitor === null) return {};
  const data = await collectPerson(deps, site, { kind: "visitor", visitor });
  const messages = data.conversations.find(({ id }) => id === conversationId)?.messages ?? [];
  const collect: Record<DisclosureField, () => unknown> = {
    messages: () => messages.map(({ author, text, sentAt }) => ({ author, text, sentAt })),
    photos: async () => {
      const files = await deps.data.files([conversationId]);
      return Promise.all(
        files.map(async ({ name, read }) => ({
          name,
          base64: (await read())?.toString("base64") ?? null,
        })),
      );
    },
    "name and e-mail": () => data.profile,
    "page views": () => data.pageViews,
    // The address that a consent came from is evidence for its own sake (JIVO-05).
    consents: () => data.consents.map((one) => ({ ...one, address: null })),
  };
  const found: Partial<Record<DisclosureField, unknown>> = {};
  for (const [field, read] of Object.entries(collect))
    if (fields.includes(field)) Object.assign(found, { [field]: await read() });
  return found;
}
