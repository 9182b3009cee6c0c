import { createHash } from "node:crypto";
import { PassThrough, type Readable } from "node:stream";
import { ZipFile } from "yazl";
import type { Site } from "../sites/site.js";
import type { AppendAudit } from "./append-audit.js";
import { collectPerson, type CollectDeps, type PersonFile } from "./collect-person.js";
import { targetOf, type Person } from "./erase-subject.js";

interface ManifestEntry {
  name: string;
  bytes: number;
  sha256: string;
}

/**
 * Everything about a person as a ZIP: `data.json`, `attachments/`, and `manifest.json` that names
 * each file with size and SHA-256. It is made as it is sent and never stored; that it was made is
 * audited (JPEGR-07, hard test 11).
 * @param by who makes it, and whether network addresses of the evidence are in it: the person's own
 *   copy has them, an operator's only where the site links them (`ip.link`)
 */
export async function exportPerson(
  deps: CollectDeps & { appendAudit: AppendAudit },
  site: Site,
  person: Person,
  by: { actor: string; addresses: boolean } = { actor: "visitor", addresses: true },
): Promise<Readable> {
  const found = await collectPerson(deps, site, person);
  const data = by.addresses
    ? found
    : { ...found, consents: found.consents.map((one) => ({ ...one, address: null })) };
  const files = await deps.data.files(data.conversations.map(({ id }) => id));
  await deps.appendAudit({
    site: site.id,
    actor: by.actor,
    act: "export",
    targetH: targetOf(deps.keys, site.id, person),
    details: { conversations: data.conversations.length, files: files.length },
  });
  const zip = new ZipFile();
  const stream = zip.outputStream.pipe(new PassThrough());
  const about = {
    site: site.name,
    controller: site.controller,
    exportedAt: new Date(deps.clock.now()).toISOString(),
    ...data,
    conversations: data.conversations.map(withoutLinks),
  };
  pack(zip, Buffer.from(JSON.stringify(about, null, 2)), files).catch((error: unknown) => {
    stream.destroy(error instanceof Error ? error : new Error("The export failed."));
  });
  return stream;
}

async function pack(zip: ZipFile, data: Buffer, files: readonly PersonFile[]): Promise<void> {
  const entries: ManifestEntry[] = [];
  const add = (name: string, bytes: Buffer, compress: boolean): void => {
    zip.addBuffer(bytes, name, { compress });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    entries.push({ name, bytes: bytes.length, sha256 });
  };
  add("data.json", data, true);
  for (const file of files) {
    const bytes = await file.read();
    // Photos are compressed already.
    if (bytes !== null) add(`attachments/${file.name}`, bytes, false);
  }
  zip.addBuffer(Buffer.from(JSON.stringify({ files: entries }, null, 2)), "manifest.json");
  zip.end();
}

/** Signed links open a photo for an hour to whoever has them: they do not belong in a file. */
function withoutLinks<C extends { messages: { attachments: { renditions: unknown[] }[] }[] }>(
  conversation: C,
): C {
  return {
    ...conversation,
    messages: conversation.messages.map((message) => ({
      ...message,
      attachments: message.attachments.map((attachment) => ({ ...attachment, renditions: [] })),
    })),
  };
}
