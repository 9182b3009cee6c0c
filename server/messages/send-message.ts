import { z } from "zod";
import { limits } from "../../shared/limits.js";
import { idPattern } from "../../shared/ids.js";
import type { MessageDraft } from "../../shared/wire.js";
import type { StoredAttachment, Uploader } from "../attachments/attachment-store.js";
import type { ConversationOwner } from "../conversations/open-conversation.js";
import type { MessageNote } from "../conversations/note-store.js";
import type { ErrorCode } from "../../shared/error-codes.js";
import { refuse, toRefusal } from "../errors.js";
import type { Clock } from "../infra/clock.js";
import type { Site } from "../sites/site.js";
import type { Visitor } from "../visitors/visitor-store.js";
import { isVisitor, type AppendMessage } from "./append-message.js";
import { makeNote } from "./make-note.js";
import { maskCardNumbers } from "./mask-card-numbers.js";
import type { AuthorKey, StoredMessage } from "./message-store.js";

/** The form of a draft; what it holds is judged by `sendMessage`, each fault with its own code. */
export const draftSchema: z.ZodType<MessageDraft> = z.object({
  conversationId: z.string().regex(idPattern),
  clientId: z.string().regex(idPattern),
  text: z.string(),
  attachmentIds: z.array(z.string().regex(idPattern)),
});

export type Sender =
  | {
      kind: "visitor";
      site: Site;
      /** The visitor as far as known. */
      visitor: Visitor | null;
      /**
       * Begins the conversation, and the visitor where there is none, unless it has begun; called when all else
       * is in order. @throws UNKNOWN_CONVERSATION where it is somebody else's
       */
      start(): Promise<ConversationOwner>;
    }
  | { kind: "operator"; id: string; name: string };

interface Claim {
  site: string;
  conversationId: string;
  clientId: string;
  ids: string[];
  uploader: Uploader;
}

export interface SendDeps {
  clock: Clock;
  limits: { messageText: number };
  appendMessage: AppendMessage;
  findOwner(conversationId: string): Promise<ConversationOwner | null>;
  /** What an earlier try of a draft has stored. */
  findSent(
    conversation: string,
    author: AuthorKey,
    clientId: string,
  ): Promise<StoredMessage | null>;
  /**
   * Resolves when a crash cannot make the store forget that a conversation's row must follow its messages. Its
   * failure may be left where the message fails.
   */
  oweRow(conversation: string): Promise<void>;
  /** Brings the row up to the message, soon; takes the message back if the conversation is gone. */
  noteMessage(note: MessageNote, owner: ConversationOwner): void;
  /** Keeps the sweep from the conversation until its row knows of the message. @throws UNKNOWN_CONVERSATION */
  holdConversation(site: Site, id: string, owner: ConversationOwner): Promise<void>;
  noteVisit(site: Site, visitorId: string, at: number): Promise<void>;
  getSite(id: string): Promise<Site>;
  claimAttachments(claim: Claim): Promise<StoredAttachment[]>;
  /** @throws CONSENT_REFUSED where the visitor's data may not be used (JPEGR-08, JIVO-13) */
  requireUse(visitorId: string): Promise<void>;
}

export interface Sent {
  message: StoredMessage;
  visitorId: string;
}

/**
 * Stores a message, once for each (conversation, author, clientId), in the next place of its
 * conversation; a visitor's first one begins visitor and conversation. The caller acknowledges,
 * then publishes, a repeat too: whoever stored it may have died before it told anybody. The
 * conversation's row follows. When it throws, nothing was stored, or a repeat will find what was.
 * @throws MESSAGE_EMPTY, TEXT_TOO_LONG, TOO_MANY_ATTACHMENTS, UNKNOWN_CONVERSATION,
 *   UNKNOWN_ATTACHMENT, CONSENT_REFUSED, TOKEN_REVOKED, BUSY, STORE_UNAVAILABLE
 */
export async function sendMessage(
  deps: SendDeps,
  sender: Sender,
  draft: MessageDraft,
): Promise<Sent> {
  try {
    return await storeDraft(deps, sender, draft);
  } catch (error) {
    const sent = notOfRepeats.has(toRefusal(error).code)
      ? await findRepeat(deps, sender, draft)
      : null;
    if (sent === null) throw error;
    return sent;
  }
}

/** What was taken once is not refused later: limits change, photos are erased, people forbid the use of their data. */
const notOfRepeats = new Set<ErrorCode>([
  "CONSENT_REFUSED",
  "MESSAGE_EMPTY",
  "TEXT_TOO_LONG",
  "TOO_MANY_ATTACHMENTS",
  "UNKNOWN_ATTACHMENT",
]);

/** The sender's own message with this `clientId`; its row is brought up again, as for every repeat. */
async function findRepeat(
  deps: SendDeps,
  sender: Sender,
  { conversationId, clientId }: MessageDraft,
): Promise<Sent | null> {
  const owner = await deps.findOwner(conversationId);
  if (owner === null) return null;
  if (sender.kind === "visitor" && !owns(sender, owner)) return null;
  const author = sender.kind === "visitor" ? "v" : (`o:${sender.id}` as const);
  const message = await deps.findSent(conversationId, author, clientId);
  if (message === null) return null;
  deps.noteMessage(makeNote(message, await deps.getSite(owner.site)), owner);
  return { message, visitorId: owner.visitor };
}

function owns(sender: Sender & { kind: "visitor" }, owner: ConversationOwner): boolean {
  return owner.site === sender.site.id && owner.visitor === sender.visitor?.id;
}

async function storeDraft(deps: SendDeps, sender: Sender, draft: MessageDraft): Promise<Sent> {
  checkDraft(deps, draft);
  const { owner, author, site } = await findPlace(deps, sender, draft);
  await deps.holdConversation(site, draft.conversationId, owner);
  const now = deps.clock.now();
  const attachments =
    draft.attachmentIds.length === 0
      ? []
      : await deps.claimAttachments({
          site: site.id,
          conversationId: draft.conversationId,
          clientId: draft.clientId,
          ids: draft.attachmentIds,
          uploader: isVisitor(author) ? `v:${owner.visitor}` : "o",
        });
  // Beside the message, which is not acknowledged without it.
  const owed = deps.oweRow(draft.conversationId);
  const { message, created } = await deps.appendMessage({
    site: site.id,
    conversation: draft.conversationId,
    author,
    authorName: sender.kind === "operator" ? sender.name : "",
    clientId: draft.clientId,
    text: maskCardNumbers(draft.text),
    attachments,
    sentAt: now,
    revision: 0,
  });
  // A repeat notes again: who stored it may not have come that far.
  deps.noteMessage(makeNote(message, site), owner);
  await owed;
  if (created) await deps.noteVisit(site, owner.visitor, now);
  return { message, visitorId: owner.visitor };
}

function checkDraft(deps: SendDeps, draft: MessageDraft): void {
  if (draft.text.length > deps.limits.messageText) throw refuse("TEXT_TOO_LONG");
  if (draft.attachmentIds.length > limits.messageAttachments) throw refuse("TOO_MANY_ATTACHMENTS");
  if (draft.text.trim() === "" && draft.attachmentIds.length === 0) throw refuse("MESSAGE_EMPTY");
}

/** Whose conversation it is, and that the sender may speak in it. */
async function findPlace(
  deps: SendDeps,
  sender: Sender,
  draft: MessageDraft,
): Promise<{ owner: ConversationOwner; author: AuthorKey; site: Site }> {
  const owner = await deps.findOwner(draft.conversationId);
  if (sender.kind === "operator") {
    if (owner === null) throw refuse("UNKNOWN_CONVERSATION");
    await deps.requireUse(owner.visitor);
    return { owner, author: `o:${sender.id}`, site: await deps.getSite(owner.site) };
  }
  const { site } = sender;
  if (sender.visitor !== null) await deps.requireUse(sender.visitor.id);
  if (owner !== null && sender.visitor !== null) {
    if (!owns(sender, owner)) throw refuse("UNKNOWN_CONVERSATION");
    return { owner, author: "v", site };
  }
  // An upload begins its conversation: where there is none, there is no photo either.
  if (owner === null && draft.attachmentIds.length > 0) throw refuse("UNKNOWN_ATTACHMENT");
  // Another tab may have begun both since nobody was known by the token: whose it is, is asked anew.
  return { owner: await sender.start(), author: "v", site };
}
