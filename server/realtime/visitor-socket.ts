import { z } from "zod";
import type { VisitorEvents } from "../../shared/events.js";
import { idPattern } from "../../shared/ids.js";
import { getConversationFor, type ConversationReader } from "../conversations/get-conversation.js";
import { markRead, readMarkSchema } from "../conversations/mark-read.js";
import { presentConversation } from "../conversations/present-conversation.js";
import { parseInput, refuse } from "../errors.js";
import { listMessages, messagesRequestSchema } from "../messages/list-messages.js";
import { presentToAll } from "../messages/present-message.js";
import { draftSchema, sendMessage } from "../messages/send-message.js";
import { findVisitorByToken } from "../visitors/find-visitor.js";
import { profileSchema, saveProfile } from "../visitors/save-profile.js";
import type { Visitor } from "../visitors/visitor-store.js";
import { answerEvents, tableOf, type Handlers } from "./answer-events.js";
import type { Chat } from "./chat.js";
import {
  siteRoom,
  tokenRoom,
  visitorRoom,
  type OperatorNamespace,
  type VisitorSocket,
} from "./namespaces.js";

/** A token may end on another node while Redis is away: nobody stays longer than this unasked. */
const RECHECK_MS = 30_000;

const emptySchema = z.object({}).loose();
export const typingSchema = z.object({
  conversationId: z.string().regex(idPattern),
  on: z.boolean(),
});

interface Context {
  chat: Chat;
  socket: VisitorSocket;
  operators: OperatorNamespace;
}

/** Takes a visitor's socket that the handshake has admitted. */
export function openVisitorSocket(
  chat: Chat,
  socket: VisitorSocket,
  operators: OperatorNamespace,
): void {
  const { siteId, visitor } = socket.data;
  if (visitor === null) void socket.join([siteRoom(siteId), tokenRoom(socket.data.tokenHash)]);
  else {
    void socket.join(siteRoom(siteId));
    become(chat, socket, visitor);
  }
  socket.on("disconnect", () => {
    if (socket.data.visitor !== null) chat.presence.visitorLeft(siteId, socket.data.visitor.id);
  });
  answerEvents(socket, { chat, socket, operators }, table, chat);
}

/** Other tabs that were open before their visitor was: within this time they ask who they are. */
const LOOK_WITHIN_MS = 300;

/** The visitor came to be while the socket was open: so it did for the visitor's other tabs. */
function turnInto(chat: Chat, socket: VisitorSocket, visitor: Visitor): void {
  const waiting = tokenRoom(socket.data.tokenHash);
  void socket.leave(waiting);
  socket.to(waiting).emit("news:missed", { withinMs: LOOK_WITHIN_MS });
  become(chat, socket, visitor);
}

/** The socket's visitor is known now: it hears what is said to them. */
function become(chat: Chat, socket: VisitorSocket, visitor: Visitor): void {
  socket.data.visitor = visitor;
  socket.data.checkedAt = chat.clock.now();
  // Gone while the store was asked: its departure has been counted already. Two first messages at
  // the same moment both come here; the visitor arrived once.
  if (!socket.connected || socket.rooms.has(visitorRoom(visitor.id))) return;
  void socket.join(visitorRoom(visitor.id));
  chat.presence.visitorArrived(visitor.site, visitor.id);
}

/** The visitor as the store knows them; null before their first message. @throws TOKEN_REVOKED */
async function currentVisitor({ chat, socket }: Context): Promise<Visitor | null> {
  const { data } = socket;
  if (data.visitor !== null && Math.abs(chat.clock.now() - data.checkedAt) < RECHECK_MS)
    return data.visitor;
  const visitor = await findVisitorByToken(chat, { id: data.siteId }, data.token);
  if (visitor === null || data.visitor?.id === visitor.id) {
    data.visitor = visitor;
    data.checkedAt = chat.clock.now();
  } else turnInto(chat, socket, visitor);
  return visitor;
}

async function requireReader(
  context: Context,
): Promise<ConversationReader & { kind: "visitor"; visitor: string }> {
  const visitor = await currentVisitor(context);
  if (visitor === null) throw refuse("UNKNOWN_CONVERSATION");
  return { kind: "visitor", site: visitor.site, visitor: visitor.id };
}

const handlers: Handlers<VisitorEvents, Context> = {
  async "session:resume"(context, payload) {
    parseInput(emptySchema, payload);
    const { chat, socket } = context;
    const visitor = await currentVisitor(context);
    const conversations =
      visitor === null
        ? []
        : await chat.conversations.listOfVisitors([visitor.id], chat.clock.now());
    return {
      presence: { operatorsOnline: await chat.presence.operatorsOnline(socket.data.siteId) },
      profile: visitor?.profile ?? { name: "", email: "" },
      conversations: conversations.map(presentConversation),
    };
  },

  async "message:send"(context, payload, call) {
    const { chat, socket } = context;
    const draft = parseInput(draftSchema, payload);
    const { siteId, token, tokenHash, address, ofAge } = socket.data;
    await chat.rateLimits.consume("send", { visitor: tokenHash, address, site: siteId });
    const site = await chat.recentSites.getById(siteId);
    const { message, visitorId } = await sendMessage(
      chat.send,
      {
        kind: "visitor",
        site,
        visitor: await currentVisitor(context),
        async start() {
          // Who may begin is decided by the rules as they are now.
          const starter = { site: await chat.getSite(siteId), token, address, ofAge };
          const { visitor, conversation } = await chat.startConversation(
            starter,
            draft.conversationId,
          );
          if (socket.data.visitor?.id !== visitor.id) turnInto(chat, socket, visitor);
          chat.owners.remember(conversation.id, conversation);
          return conversation;
        },
      },
      draft,
    );
    const shownTo = presentToAll(message, chat.presentAttachment);
    call.afterAck(() => chat.publish.messageSent(visitorId, message, shownTo, socket.id));
    return shownTo(`v:${visitorId}`);
  },

  async "messages:list"(context, payload) {
    const request = parseInput(messagesRequestSchema, payload);
    const reader = await requireReader(context);
    const conversation = await getConversationFor(context.chat, reader, request.conversationId);
    return listMessages(context.chat, conversation, `v:${reader.visitor}`, request);
  },

  async "conversation:read"(context, payload, call) {
    const { chat } = context;
    const mark = parseInput(readMarkSchema, payload);
    const reader = await requireReader(context);
    const { conversation, changed } = await markRead(
      { ...chat, countVisitorMessages: () => Promise.resolve(null) },
      reader,
      mark,
    );
    if (changed)
      call.afterAck(() =>
        chat.publish.conversationChanged(conversation.site, conversation.visitor, conversation.id),
      );
    return presentConversation(conversation);
  },

  async "typing:set"(context, payload) {
    const { conversationId, on } = parseInput(typingSchema, payload);
    const reader = await requireReader(context);
    const owner = await context.chat.owners.find(conversationId);
    if (owner?.visitor !== reader.visitor) throw refuse("UNKNOWN_CONVERSATION");
    context.operators
      .to(siteRoom(owner.site))
      .volatile.emit("typing:changed", { conversationId, who: "visitor", on });
    return null;
  },

  async "profile:save"(context, payload, call) {
    const { chat, socket } = context;
    const profile = parseInput(profileSchema, payload);
    const { siteId, tokenHash, address } = socket.data;
    await chat.rateLimits.consume("send", { visitor: tokenHash, address, site: siteId });
    const known = await currentVisitor(context);
    if (known === null) throw refuse("UNKNOWN_VISITOR");
    const visitor = await saveProfile(chat, { id: siteId }, known.id, profile, {
      revokedAt: null,
    });
    socket.data.visitor = visitor;
    call.afterAck(() => chat.publish.visitorChanged(siteId, visitor.id));
    return visitor.profile;
  },
};

const table = tableOf<VisitorEvents, Context>(handlers);
