import type { Server as HttpServer } from "node:http";
import type { VisitorSummary } from "../../shared/wire.js";
import { createConversationOwners } from "../conversations/conversation-owners.js";
import type { ConversationStore } from "../conversations/conversation-store.js";
import { holdConversation } from "../conversations/hold-conversation.js";
import { presentRows } from "../conversations/list-inbox.js";
import type { RowDebtStore } from "../conversations/row-debt-store.js";
import type { Clock } from "../infra/clock.js";
import type { Log } from "../infra/log.js";
import type { Redis } from "../infra/redis.js";
import type { RateLimits } from "../infra/rate-limits.js";
import { createAppendMessage } from "../messages/append-message.js";
import { keepRows } from "../messages/keep-rows.js";
import type { MessageStore } from "../messages/message-store.js";
import type { PresentAttachment } from "../messages/present-message.js";
import type { SendDeps } from "../messages/send-message.js";
import type { Site } from "../sites/site.js";
import { createNoteVisit } from "../visitors/note-visit.js";
import { presentVisitor } from "../visitors/present-visitor.js";
import type { VisitorStore } from "../visitors/visitor-store.js";
import type { Work } from "./answer-events.js";
import type { Chat } from "./chat.js";
import { createIo, type SocketSettings } from "./io.js";
import { createLocalPresence, type PresenceDeps } from "./presence.js";
import { createSharedPresence } from "./shared-presence.js";
import { createPublish, type Publish } from "./publish.js";
import { createRecentSites } from "./recent-sites.js";

export interface RealtimeDeps extends Pick<
  Chat,
  "listSites" | "describeVisitor" | "noteRead" | "requireOperator" | "limits" | "startConversation"
> {
  settings: SocketSettings;
  clock: Clock;
  log: Log;
  rateLimits: RateLimits;
  visitors: VisitorStore;
  conversations: ConversationStore;
  messages: MessageStore;
  rowDebts: RowDebtStore;
  presentAttachment: PresentAttachment;
  claimAttachments: SendDeps["claimAttachments"];
  requireUse: SendDeps["requireUse"];
  findSiteByKey(key: string): Promise<Site | null>;
  getSite(id: string): Promise<Site>;
  noteRefusedOrigin(siteId: string, origin: string): Promise<void>;
  /** Milliseconds that somebody may be away before it is said. */
  graceMs?: number;
  /** Null: one node. */
  redis: Pick<Redis, "commands" | "adapter" | "onReturn"> | null;
}

export interface Realtime {
  publish: Publish;
  /** Brings rows up to the messages that a process before this one stored; before anything is read. */
  mendRows(): Promise<void>;
  /** Does the same for other nodes that died. Called again and again. */
  lookAtRows(): Promise<void>;
  serve(http: HttpServer): void;
  /** Open connections of this node. */
  countClients(): number;
  /** Ids of the operator sessions that have a socket open on this node. */
  openSessions(): string[];
  /** Tells clients to go elsewhere, waits for what is being done, closes every socket. */
  stop(): Promise<void>;
}

/** A socket that comes back within this was never away. */
const GRACE_MS = 4000;
/** After nodes were parted, screens look again spread over this time. */
const LOOK_WITHIN_MS = 5000;
/** Longest wait for handlers that are running when the server stops. */
const STOP_MS = 5000;

/** The live side of the server: sockets, who is on line, and what is told to whom. */
export function createRealtime(deps: RealtimeDeps): Realtime {
  const recentSites = createRecentSites(deps);
  const io = createIo({ ...deps, recentSites, adapter: deps.redis?.adapter ?? null });
  const { redis, log } = deps;
  const people: PresenceDeps = {
    operatorsChanged: (site, online) => publish.presenceChanged(site, online),
    visitorChanged: (site, visitorId) => publish.visitorChanged(site, visitorId),
    graceMs: deps.graceMs ?? GRACE_MS,
  };
  const presence =
    redis === null
      ? createLocalPresence(people)
      : createSharedPresence({
          ...people,
          log,
          commands: redis.commands,
          onReturn: (listener) => redis.onReturn(listener),
        });
  redis?.onReturn(() => io.askToLook(LOOK_WITHIN_MS));

  async function summarizeVisitors(
    site: string,
    ids: string[],
  ): Promise<Map<string, VisitorSummary>> {
    const [found, online] = await Promise.all([
      deps.visitors.findMany(ids),
      presence.onlineVisitors(site, ids),
    ]);
    return new Map(
      found.map((visitor) => [visitor.id, presentVisitor(visitor, online.has(visitor.id))]),
    );
  }

  const publish = createPublish({
    visitors: io.visitors,
    operators: io.operators,
    alone: redis === null,
    findConversations: (ids) => deps.conversations.findMany(ids),
    findConversationsOf: (ids) => deps.conversations.listOfVisitors(ids, deps.clock.now()),
    presentRows: (site, stored) => presentRows({ summarizeVisitors }, site, stored),
    log: deps.log,
  });
  const owners = createConversationOwners(deps);
  const rows = keepRows({ ...deps, publish, forgetOwner: (id) => owners.forget(id) });
  const work: Work = { running: 0 };
  const chat: Chat = {
    ...deps,
    recentSites,
    owners,
    presence,
    publish,
    work,
    summarizeVisitors,
    async findNewestSeq(conversation) {
      return (await deps.messages.findLast(conversation))?.seq ?? 0;
    },
    send: {
      clock: deps.clock,
      limits: deps.limits,
      claimAttachments: (claim) => deps.claimAttachments(claim),
      requireUse: (visitorId) => deps.requireUse(visitorId),
      getSite: recentSites.getById,
      appendMessage: createAppendMessage({
        messages: deps.messages,
        async findTail(conversation) {
          const stored = await deps.conversations.find(conversation);
          return stored ?? { lastSeq: 0, visitorMessages: 0, waitingSince: null };
        },
      }),
      findOwner: (id) => owners.find(id),
      holdConversation: (...held) => holdConversation(deps, ...held),
      findSent: (...sent) => deps.messages.findByClientId(...sent),
      oweRow: (conversation) => rows.owe(conversation),
      noteMessage: (note, owner) => rows.noteMessage(note, owner),
      noteVisit: createNoteVisit(deps),
    },
  };

  return {
    publish: {
      ...publish,
      conversationErased(site, visitorId, conversationId) {
        owners.forget(conversationId);
        publish.conversationErased(site, visitorId, conversationId);
      },
    },
    mendRows: () => rows.mendAll(),
    lookAtRows: () => rows.look(),
    countClients: () => io.countClients(),
    serve: (http) => io.serve(http, chat),
    openSessions: () =>
      [...io.operators.sockets.values()].map(({ data }) => data.operator.sessionId),
    async stop() {
      // Alone, the clients can go nowhere else; with others, they leave spread over some seconds.
      const leaveWithinMs = redis === null ? 0 : deps.settings.drain * 1000;
      io.announceStop(leaveWithinMs);
      const until = Date.now() + leaveWithinMs + STOP_MS;
      const leaveBy = Date.now() + leaveWithinMs;
      const busy = () => work.running > 0 || (Date.now() < leaveBy && io.countClients() > 0);
      while (busy() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
      await io.close();
      await presence.stop();
      publish.stop();
      await rows.clear().catch((error: unknown) => {
        log.warn({ err: error }, "rows that are behind are mended at the next start");
      });
    },
  };
}
