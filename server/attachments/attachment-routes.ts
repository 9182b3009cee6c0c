import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { idPattern } from "../../shared/ids.js";
import { limits } from "../../shared/limits.js";
import { requireAge, type StartConversation } from "../conversations/start-conversation.js";
import { parseInput, refuse } from "../errors.js";
import { clientAddress, requireVisitorToken } from "../http/guards.js";
import type { Guards } from "../http/guards.js";
import { householdOf } from "../infra/networks.js";
import type { RateLimits } from "../infra/rate-limits.js";
import type { Site } from "../sites/site.js";
import type { Visitor } from "../visitors/visitor-store.js";
import { hashToken } from "../visitors/visitor-token.js";
import type { AttachmentRecord, Uploader } from "./attachment-store.js";
import { presentAttachment } from "./present-attachment.js";
import { receiveUpload } from "./receive-upload.js";
import { createReceivingPlaces, type PlaceBound } from "./receiving-places.js";
import type { Admission, RenderQueue } from "./render-queue.js";
import { saveAttachment } from "./save-attachment.js";
import type { SaveDeps, Upload } from "./save-attachment.js";

export interface UploadDeps extends SaveDeps {
  guards: Guards;
  rateLimits: RateLimits;
  queue: RenderQueue;
  linksKey: Parameters<typeof presentAttachment>[0]["linksKey"];
  publicUrl: URL;
  uploadBytes: number;
  /** Null for a token that has stored nothing yet. @throws TOKEN_INVALID, TOKEN_REVOKED */
  findVisitor(site: Site, token: string): Promise<Visitor | null>;
  startConversation: StartConversation;
  findOwner(conversationId: string): Promise<{ site: string; visitor: string } | null>;
  getSite(id: string): Promise<Site>;
  /** @throws CONSENT_REFUSED where the visitor's data may not be used (JPEGR-08, JIVO-13) */
  requireUse(visitorId: string): Promise<void>;
}

const querySchema = z.object({
  conversationId: z.string().regex(idPattern),
  clientId: z.string().regex(idPattern),
  altText: z.string().max(limits.altText).default(""),
  name: z.string().max(200).default(""),
});
interface UploadSender {
  /** Who it is for the time of the upload. */
  sender: string;
  /** Null: nobody who is known yet. */
  uploader: Uploader | null;
  /** Null: of an operator, whose office shares one. */
  address: string | null;
}

/** With the visitor's answer to the age question, as in a socket's handshake. */
const visitorQuerySchema = querySchema.extend({ ofAge: z.literal("1").optional() });
const siteParams = z.object({ siteId: z.string().max(60) });

/**
 * `POST /api/sites/:siteKey/attachments` (visitor) and `POST /api/operator/sites/:siteId/attachments`:
 * the body is the photo's bytes. 201 with the `Attachment`, 200 when this upload was stored before.
 */
export function registerAttachmentRoutes(server: FastifyInstance, deps: UploadDeps): void {
  /** Uploads under way here, so that an impatient repeat waits for the first instead of rendering again. */
  const underway = new Map<string, Promise<AttachmentRecord>>();
  const places = createReceivingPlaces();

  async function take(
    request: FastifyRequest,
    reply: FastifyReply,
    upload: Upload,
    { sender, uploader, address }: UploadSender,
  ) {
    const key = [upload.conversation, sender, upload.clientId].join(" ");
    const known = uploader && (await deps.attachments.findByUpload({ ...upload, uploader }));
    if (known?.ready) return answer(request, reply, known, 200);
    const first = underway.get(key);
    if (first) return answer(request, reply, await first, 200);
    const bounds = [{ name: sender, most: deps.photos.receivedPerSender }];
    if (address !== null)
      bounds.push({ name: householdOf(address), most: deps.photos.receivedPerAddress });
    const work = receiveAndSave(request, upload, bounds)
      .catch((error: unknown) => {
        closeAfter(request, reply);
        throw error;
      })
      .finally(() => underway.delete(key));
    underway.set(key, work);
    return answer(request, reply, await work, 201);
  }

  async function receiveAndSave(
    request: FastifyRequest,
    upload: Upload,
    bounds: readonly PlaceBound[],
  ) {
    const length = Number(request.headers["content-length"]);
    const declared = Number.isSafeInteger(length) ? length : null;
    if (declared !== null && declared > deps.uploadBytes) throw tooLarge(deps.uploadBytes);
    if (!(request.body instanceof Readable)) throw refuse("BAD_REQUEST");
    const admission = deps.queue.admit(upload.site.id, declared ?? 0, true);
    try {
      const bytes = await receive(request.body, admission, bounds);
      return await saveAttachment(deps, upload, bytes, admission);
    } finally {
      admission.release();
    }
  }

  async function receive(body: Readable, admission: Admission, bounds: readonly PlaceBound[]) {
    const giveBack = places.take(bounds);
    try {
      return await receiveUpload(body, {
        cap: deps.uploadBytes,
        reserve: (bytes) => admission.reserve(bytes),
      });
    } finally {
      giveBack();
    }
  }

  function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    record: AttachmentRecord,
    status: 200 | 201,
  ) {
    if (status === 200) closeAfter(request, reply);
    return reply.code(status).send(presentAttachment(deps, record, record.uploader));
  }

  server.post("/api/sites/:siteKey/attachments", async (request, reply) => {
    const site = await deps.guards.requireSite(request, reply);
    const token = requireVisitorToken(request);
    const query = parseInput(visitorQuerySchema, request.query);
    const address = clientAddress(request);
    const starter = { site, token, address, ofAge: query.ofAge === "1" };
    // In this order: the visitor of a conversation that has begun is there.
    const owner = await deps.findOwner(query.conversationId);
    const known = await deps.findVisitor(site, token);
    if (owner && (owner.site !== site.id || owner.visitor !== known?.id))
      throw refuse("UNKNOWN_CONVERSATION");
    if (known !== null) await deps.requireUse(known.id);
    // Before the body is read; asked again where the conversation is begun.
    if (!owner) requireAge(starter);
    const sender = hashToken(token);
    await deps.rateLimits.consume("upload", { visitor: sender, address, site: site.id });
    const upload: Upload = {
      ...describe(query),
      ...{ site, operatorId: null },
      async begin() {
        const { visitor } = await deps.startConversation(starter, query.conversationId);
        return `v:${visitor.id}`;
      },
    };
    return take(request, reply, upload, { sender, uploader: known && `v:${known.id}`, address });
  });

  server.post("/api/operator/sites/:siteId/attachments", async (request, reply) => {
    const operator = await deps.guards.requireOperator(request);
    const { siteId } = parseInput(siteParams, request.params);
    const query = parseInput(querySchema, request.query);
    await deps.rateLimits.consume("operate", { account: operator.id });
    const site = await deps.getSite(siteId);
    const owner = await deps.findOwner(query.conversationId);
    if (owner?.site !== site.id) throw refuse("UNKNOWN_CONVERSATION");
    await deps.requireUse(owner.visitor);
    const begin = () => Promise.resolve("o" as const);
    const upload = { ...describe(query), site, operatorId: operator.id, begin };
    return take(request, reply, upload, { sender: operator.id, uploader: "o", address: null });
  });
}

/** What is left of the body is not wanted: the connection ends instead of carrying it all. */
function closeAfter(request: FastifyRequest, reply: FastifyReply): void {
  if (!request.raw.complete) reply.header("connection", "close");
}

function describe({ conversationId, clientId, altText, name }: z.infer<typeof querySchema>) {
  return { conversation: conversationId, clientId, altText, name };
}

function tooLarge(cap: number): Error {
  const megabytes = Math.floor(cap / (1024 * 1024));
  return refuse("PAYLOAD_TOO_LARGE", { message: `A photo may weigh ${megabytes} MB at most.` });
}
