import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { parseInput, refuse } from "../errors.js";
import type { Guards } from "../http/guards.js";
import type { Clock } from "../infra/clock.js";
import type { Key } from "../infra/keys.js";
import type { AttachmentRecord, AttachmentStore } from "./attachment-store.js";
import type { BlobStore } from "./blob-store.js";
import type { OriginalStore } from "./original-store.js";
import { checkLink } from "./sign-link.js";

export interface DeliverDeps {
  guards: Guards;
  clock: Clock;
  linksKey: Key;
  attachments: AttachmentStore;
  originals: OriginalStore;
  blobs: BlobStore;
  /** Called when a browser could have shown an AVIF that there is not yet. */
  wantAvif(record: AttachmentRecord): void;
}

const paramsSchema = z.object({
  attachment: z.string().max(40),
  rendition: z.enum(["preview", "full", "original"]),
  reader: z.string().max(60),
  proof: z.string().max(120),
});

/** An image opened in a tab of its own may do nothing at all. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

interface Served {
  file: string;
  mime: string;
  cacheControl: string;
  vary: boolean;
}

/**
 * `GET /a/ATTACHMENT/RENDITION/READER/EXPIRY.SIGNATURE`: one image for one reader. A visitor's link
 * is a capability; an operator's opens only with the session besides.
 * @throws LINK_INVALID (forged or past), NOT_SIGNED_IN, GONE (deleted, or an original past its hours)
 */
export function registerDeliveryRoutes(server: FastifyInstance, deps: DeliverDeps): void {
  server.get("/a/:attachment/:rendition/:reader/:proof", async (request, reply) => {
    const { proof, ...link } = parseInput(paramsSchema, request.params);
    const now = deps.clock.now();
    const until = checkLink(deps.linksKey, link, proof, now);
    if (until === null) throw refuse("LINK_INVALID");
    if (link.reader === "o") await deps.guards.requireOperator(request);
    const record = await deps.attachments.find(link.attachment);
    if (!record?.ready) throw refuse("GONE");
    const accepts = (request.headers.accept ?? "").includes("image/avif");
    const seconds = Math.floor((until - now) / 1000);
    const served =
      link.rendition === "original"
        ? await chooseOriginal(deps, record, now)
        : chooseRendition(deps, record, link.rendition, accepts, seconds);
    const etag = `"${served.file}"`;
    reply.headers({
      etag,
      "cache-control": served.cacheControl,
      "content-security-policy": policy,
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
    });
    if (served.vary) reply.header("vary", "accept");
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    return send(deps, reply, served, link.rendition);
  });
}

async function send(deps: DeliverDeps, reply: FastifyReply, served: Served, name: string) {
  const blob = await deps.blobs.open(served.file);
  if (!blob) throw refuse("GONE");
  const extension = served.mime.slice(served.mime.indexOf("/") + 1).replace("jpeg", "jpg");
  return reply
    .headers({
      "content-type": served.mime,
      "content-length": blob.length,
      "content-disposition": `inline; filename="photo-${name}.${extension}"`,
    })
    .send(blob.stream);
}

function chooseRendition(
  deps: DeliverDeps,
  record: AttachmentRecord,
  name: "preview" | "full",
  acceptsAvif: boolean,
  seconds: number,
): Served {
  const rendition = record.renditions.find((made) => made.name === name);
  if (!rendition) throw refuse("GONE");
  const cacheControl = `private, max-age=${seconds}`;
  const mayVary = name === "full" && rendition.mime === "image/jpeg";
  if (mayVary && acceptsAvif) {
    if (record.avif?.file && record.avif.bytes > 0)
      return { file: record.avif.file, mime: "image/avif", cacheControl, vary: true };
    deps.wantAvif(record);
  }
  return { file: rendition.file, mime: rendition.mime, cacheControl, vary: mayVary };
}

/** The clock decides, not the sweeper: past its moment an original is gone, held ones excepted. */
async function chooseOriginal(
  deps: DeliverDeps,
  record: AttachmentRecord,
  now: number,
): Promise<Served> {
  const original = await deps.originals.find(record.id);
  if (!original || (original.deleteAt <= now && !original.hold)) throw refuse("GONE");
  return { file: original.file, mime: "image/jpeg", cacheControl: "no-store", vary: false };
}
