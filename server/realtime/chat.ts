import type { VisitorDetails, VisitorSummary } from "../../shared/wire.js";
import type { ConversationOwners } from "../conversations/conversation-owners.js";
import type { ConversationStore } from "../conversations/conversation-store.js";
import type { StartConversation } from "../conversations/start-conversation.js";
import type { Clock } from "../infra/clock.js";
import type { Log } from "../infra/log.js";
import type { RateLimits } from "../infra/rate-limits.js";
import type { MessageStore } from "../messages/message-store.js";
import type { PresentAttachment } from "../messages/present-message.js";
import type { SendDeps } from "../messages/send-message.js";
import type { SignedInOperator } from "../operators/operator.js";
import type { Site } from "../sites/site.js";
import type { Visitor, VisitorStore } from "../visitors/visitor-store.js";
import type { Work } from "./answer-events.js";
import type { Presence } from "./presence.js";
import type { Publish } from "./publish.js";
import type { RecentSites } from "./recent-sites.js";

/** What the sockets' handlers need: stores for verbs, and what other parts own. */
export interface Chat extends Pick<SendDeps, "claimAttachments" | "limits"> {
  clock: Clock;
  log: Log;
  work: Work;
  rateLimits: RateLimits;
  recentSites: RecentSites;
  visitors: VisitorStore;
  conversations: ConversationStore;
  messages: MessageStore;
  owners: ConversationOwners;
  presence: Presence;
  publish: Publish;
  send: SendDeps;
  startConversation: StartConversation;
  /** As it is now; what only shows or counts takes `recentSites`. @throws UNKNOWN_SITE */
  getSite(id: string): Promise<Site>;
  presentAttachment: PresentAttachment;
  /** 0 where nothing was said. */
  findNewestSeq(conversation: string): Promise<number>;
  summarizeVisitors(site: string, ids: string[]): Promise<Map<string, VisitorSummary>>;
  listSites(): Promise<Site[]>;
  /** What consent and tracking know of a visitor; the trail is empty without consent to analytics. */
  describeVisitor(site: Site, visitor: Visitor): Promise<VisitorFacts>;
  /** Writes down that an operator looked at a conversation (JIVO-11), before it is shown. */
  noteRead(siteId: string, operatorId: string, conversationId: string): Promise<void>;
  /** @throws NOT_SIGNED_IN and others, when the handshake's session no longer opens the dashboard. */
  requireOperator(handshake: OperatorHandshake): Promise<SignedInOperator>;
}

export type VisitorFacts = Omit<VisitorDetails, "visitor" | "firstSeenAt">;

export interface OperatorHandshake {
  method?: string | undefined;
  headers: NodeJS.Dict<string | string[]>;
}
