import { z } from "zod";
import type { OperatorEvents } from "../../shared/events.js";
import { idPattern } from "../../shared/ids.js";
import { closeConversation, reopenConversation } from "../conversations/close-conversation.js";
import type { StoredConversation } from "../conversations/conversation-store.js";
import { getConversationFor } from "../conversations/get-conversation.js";
import { inboxRequestSchema, listInbox } from "../conversations/list-inbox.js";
import { markRead, readMarkSchema } from "../conversations/mark-read.js";
import { presentConversation } from "../conversations/present-conversation.js";
import { parseInput, refuse } from "../errors.js";
import { listMessages, messagesRequestSchema } from "../messages/list-messages.js";
import { presentToAll } from "../messages/present-message.js";
import { draftSchema, sendMessage } from "../messages/send-message.js";
import { findVisitor } from "../visitors/find-visitor.js";
import { answerEvents, tableOf, type Call, type Handlers } from "./answer-events.js";
import type { Chat } from "./chat.js";
import {
  sessionRoom,
  siteRoom,
  visitorRoom,
  type OperatorSocket,
  type VisitorNamespace,
} from "./namespaces.js";
import { typingSchema } from "./visitor-socket.js";

const oneConversation = z.object({ conversationId: z.string().regex(idPattern) });
const asOperator = { kind: "operator" } as const;

interface Context {
  chat: Chat;
  socket: OperatorSocket;
  visitors: VisitorNamespace;
  /** Sites that this socket watches: it hears of them and keeps their light on. */
  watched: Set<string>;
}

/** Takes an operator's socket that the handshake has admitted: it watches every site that there is. */
export async function openOperatorSocket(
  chat: Chat,
  socket: OperatorSocket,
  visitors: VisitorNamespace,
): Promise<void> {
  const context: Context = { chat, socket, visitors, watched: new Set() };
  void socket.join(sessionRoom(socket.data.operator.sessionId));
  socket.on("disconnect", () => {
    for (const siteId of context.watched) chat.presence.operatorLeft(siteId);
    context.watched.clear();
  });
  answerEvents(socket, context, table, chat);
  for (const site of await chat.listSites()) watch(context, site.id);
}

function watch({ chat, socket, watched }: Context, siteId: string): void {
  if (watched.has(siteId) || !socket.connected) return;
  watched.add(siteId);
  void socket.join(siteRoom(siteId));
  chat.presence.operatorArrived(siteId);
}

/** A viewer reads; everything else needs a role that may write. */
async function requireWriter({ chat, socket }: Context): Promise<void> {
  const { operator } = socket.data;
  if (operator.role === "viewer") throw refuse("FORBIDDEN");
  await chat.rateLimits.consume("operate", { account: operator.id });
}

function changed({ chat }: Context, call: Call, conversation: StoredConversation) {
  call.afterAck(() =>
    chat.publish.conversationChanged(conversation.site, conversation.visitor, conversation.id),
  );
  return presentConversation(conversation);
}

const handlers: Handlers<OperatorEvents, Context> = {
  async "inbox:list"(context, payload) {
    const request = parseInput(inboxRequestSchema, payload);
    await context.chat.recentSites.getById(request.siteId);
    // A site that was made after this socket opened.
    watch(context, request.siteId);
    return listInbox(context.chat, request);
  },

  async "message:send"(context, payload, call) {
    const { chat, socket } = context;
    const draft = parseInput(draftSchema, payload);
    await requireWriter(context);
    const { id, name } = socket.data.operator;
    const sent = await sendMessage(chat.send, { kind: "operator", id, name }, draft);
    const { message, visitorId } = sent;
    const shownTo = presentToAll(message, chat.presentAttachment);
    call.afterAck(() => chat.publish.messageSent(visitorId, message, shownTo, socket.id));
    return shownTo("o");
  },

  async "messages:list"({ chat, socket }, payload) {
    const request = parseInput(messagesRequestSchema, payload);
    const conversation = await getConversationFor(chat, asOperator, request.conversationId);
    await chat.noteRead(conversation.site, socket.data.operator.id, conversation.id);
    return listMessages(chat, conversation, "o", request);
  },

  async "conversation:read"(context, payload, call) {
    const { chat } = context;
    const mark = parseInput(readMarkSchema, payload);
    await requireWriter(context);
    const marked = await markRead(
      {
        ...chat,
        async countVisitorMessages(conversation, seq) {
          return (await chat.messages.findLast(conversation, seq))?.visitorMessages ?? null;
        },
      },
      asOperator,
      mark,
    );
    if (marked.changed) return changed(context, call, marked.conversation);
    return presentConversation(marked.conversation);
  },

  async "conversation:close"(context, payload, call) {
    const { conversationId } = parseInput(oneConversation, payload);
    await requireWriter(context);
    return changed(context, call, await closeConversation(context.chat, conversationId));
  },

  async "conversation:reopen"(context, payload, call) {
    const { conversationId } = parseInput(oneConversation, payload);
    await requireWriter(context);
    return changed(context, call, await reopenConversation(context.chat, conversationId));
  },

  async "typing:set"(context, payload) {
    const { conversationId, on } = parseInput(typingSchema, payload);
    await requireWriter(context);
    const owner = await context.chat.owners.find(conversationId);
    if (owner === null) throw refuse("UNKNOWN_CONVERSATION");
    context.visitors
      .to(visitorRoom(owner.visitor))
      .volatile.emit("typing:changed", { conversationId, who: "operator", on });
    return null;
  },

  async "visitor:get"({ chat, socket }, payload) {
    const { conversationId } = parseInput(oneConversation, payload);
    const conversation = await getConversationFor(chat, asOperator, conversationId);
    await chat.noteRead(conversation.site, socket.data.operator.id, conversation.id);
    const site = await chat.recentSites.getById(conversation.site);
    const visitor = await findVisitor(chat, site, conversation.visitor);
    const summaries = await chat.summarizeVisitors(site.id, [conversation.visitor]);
    const summary = summaries.get(conversation.visitor);
    if (visitor === null || summary === undefined) throw refuse("UNKNOWN_VISITOR");
    const facts = await chat.describeVisitor(site, visitor);
    return { visitor: summary, firstSeenAt: visitor.createdAt, ...facts };
  },
};

const table = tableOf<OperatorEvents, Context>(handlers);
