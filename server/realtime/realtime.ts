import type { Server as HttpServer } from "node:http";
import type { VisitorSummary } from "../../shared/wire.js";
import { createConversationOwners } from "../conversations/conversation-owners.js";
import type { ConversationStore } from "../conversations/conversation-store.js";
import { presentRows } from "../conversations/list-inbox.js";
import { openConversation } from "../conversations/open-conversation.js";
import type { Clock } from "../infra/clock.js";
import type { Log } from "../infra/log.js";
import type { RateLimits } from "../infra/rate-limits.js";
import { createAppendMessage } from "../messages/append-message.js";
import type { MessageStore } from "../messages/message-store.js";
import type { PresentAttachment } from "../messages/present-message.js";
import type { SendDeps } from "../messages/send-message.js";
import type { Site } from "../sites/site.js";
import { createNoteVisit } from "../visitors/note-visit.js";
import { presentVisitor } from "../visitors/present-visitor.js";
import type { VisitorStore } from "../visitors/visitor-store.js";
import { createWork } from "./answer-events.js";
import type { Chat } from "./chat.js";
import { createIo, type SocketSettings } from "./io.js";
import { createLocalPresence } from "./presence.js";
import { createPublish, type Publish } from "./publish.js";
import { createRecentSites } from "./recent-sites.js";

export interface RealtimeDeps extends Pick<
  Chat,
  "listSites" | "describeVisitor" | "requireOperator" | "limits"
> {
  settings: SocketSettings;
  clock: Clock;
  log: Log;
  rateLimits: RateLimits;
  visitors: VisitorStore;
  conversations: ConversationStore;
  messages: MessageStore;
  presentAttachment: PresentAttachment;
  claimAttachments: SendDeps["claimAttachments"];
  findSiteByKey(key: string): Promise<Site | null>;
  getSite(id: string): Promise<Site>;
  noteRefusedOrigin(siteId: string, origin: string): Promise<void>;
}

export interface Realtime {
  publish: Publish;
  serve(http: HttpServer): void;
  /** Tells clients to go elsewhere, waits for what is being done, closes every socket. */
  stop(): Promise<void>;
}

/** A socket that comes back within this was never away. */
const GRACE_MS = 4000;
/** Longest wait for handlers that are running when the server stops. */
const STOP_MS = 5000;

/** The live side of the server: sockets, who is on line, and what is told to whom. */
export function createRealtime(deps: RealtimeDeps): Realtime {
  const recentSites = createRecentSites(deps);
  const io = createIo({ ...deps, recentSites });
  const presence = createLocalPresence({
    operatorsChanged: (site, online) => publish.presenceChanged(site, online),
    visitorChanged: (site, visitorId) => publish.visitorChanged(site, visitorId),
    graceMs: GRACE_MS,
  });

  async function summarizeVisitors(
    _site: string,
    ids: string[],
  ): Promise<Map<string, VisitorSummary>> {
    const [found, online] = await Promise.all([
      deps.visitors.findMany(ids),
      presence.onlineVisitors(ids),
    ]);
    return new Map(
      found.map((visitor) => [visitor.id, presentVisitor(visitor, online.has(visitor.id))]),
    );
  }

  const publish = createPublish({
    visitors: io.visitors,
    operators: io.operators,
    presentAttachment: deps.presentAttachment,
    findConversations: (ids) => deps.conversations.findMany(ids),
    findConversationsOf: (ids) => deps.conversations.listOfVisitors(ids, deps.clock.now()),
    presentRows: (site, stored) => presentRows({ summarizeVisitors }, site, stored),
    log: deps.log,
  });
  const owners = createConversationOwners(deps);
  const work = createWork();
  const chat: Chat = {
    ...deps,
    recentSites,
    owners,
    presence,
    publish,
    work,
    summarizeVisitors,
    send: {
      clock: deps.clock,
      limits: deps.limits,
      claimAttachments: (claim) => deps.claimAttachments(claim),
      getSite: recentSites.getById,
      appendMessage: createAppendMessage({
        messages: deps.messages,
        async findTail(conversation) {
          const stored = await deps.conversations.find(conversation);
          return stored ?? { lastSeq: 0, visitorMessages: 0, waitingSince: null };
        },
      }),
      findOwner: (id) => owners.find(id),
      forgetOwner: (id) => owners.forget(id),
      async openConversation(site, visitor, id) {
        const stored = await openConversation(deps, site, visitor, id);
        owners.remember(id, stored);
        return stored;
      },
      noteMessage: (note) => deps.conversations.noteMessage(note),
      noteVisit: createNoteVisit(deps),
      removeMessage: (conversation, clientId) => deps.messages.remove(conversation, clientId),
    },
  };

  return {
    publish,
    serve: (http) => io.serve(http, chat),
    async stop() {
      io.announceStop(0);
      const until = Date.now() + STOP_MS;
      while (work.running > 0 && Date.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 10));
      await io.close();
      presence.stop();
      publish.stop();
    },
  };
}
