import type { ConsentState } from "../../shared/consent.js";
import type { InboxRow, PageView } from "../../shared/wire.js";
import type { StoredConversation } from "../conversations/conversation-store.js";
import { presentConversation } from "../conversations/present-conversation.js";
import type { Log } from "../infra/log.js";
import type { StoredMessage } from "../messages/message-store.js";
import { presentMessage, type PresentAttachment } from "../messages/present-message.js";
import {
  sessionRoom,
  siteRoom,
  visitorRoom,
  type OperatorNamespace,
  type VisitorNamespace,
} from "./namespaces.js";

/** Tells open screens what changed. Only hints: a screen that missed one asks by its cursor. */
export interface Publish {
  /** To the visitor's and the site's screens, but for the one socket that sent it and has the answer. */
  messageSent(site: string, visitorId: string, stored: StoredMessage, exceptSocket?: string): void;
  conversationChanged(site: string, visitorId: string, conversationId: string): void;
  /** On line or not, name or address: the rows of a visitor's conversations. */
  visitorChanged(site: string, visitorId: string): void;
  presenceChanged(site: string, operatorsOnline: boolean): void;
  /** And the rows of their conversations: what an operator's details show is no longer true. */
  consentChanged(site: string, visitorId: string, consent: ConsentState): void;
  pageViewed(site: string, visitorId: string, view: PageView): void;
  /** And cuts the sockets. */
  tokenRevoked(site: string, visitorId: string): void;
  conversationErased(site: string, visitorId: string, conversationId: string): void;
  /** And cuts the sockets. */
  operatorSessionEnded(sessionId: string): void;
}

interface Deps {
  visitors: VisitorNamespace;
  operators: OperatorNamespace;
  presentAttachment: PresentAttachment;
  /** Only then can this node tell that nobody listens. */
  alone: boolean;
  findConversations(ids: string[]): Promise<StoredConversation[]>;
  findConversationsOf(visitorIds: string[]): Promise<StoredConversation[]>;
  presentRows(site: string, stored: StoredConversation[]): Promise<InboxRow[]>;
  log: Log;
}

/** A change after a quiet while is shown soon; under load rows are gathered for longer. */
const ROWS_SOON_MS = 50;
const ROWS_EVERY_MS = 500;

export function createPublish(deps: Deps): Publish & { stop(): void } {
  const { visitors, operators } = deps;
  const toVisitor = (visitorId: string) => visitors.to(visitorRoom(visitorId));
  const toSite = (site: string) => operators.to(siteRoom(site));

  /** Conversations whose rows changed since the last round; true: the visitor is told, too. */
  let changed = new Map<string, boolean>();
  let changedVisitors = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let lastRows = 0;

  /** Whether anybody but one socket may be in a room: an event for nobody is not even encoded. */
  function hasOthers(
    { adapter }: { adapter: { rooms: Map<string, Set<string>> } },
    room: string,
    except: string,
  ): boolean {
    if (!deps.alone) return true;
    const there = adapter.rooms.get(room);
    if (there === undefined) return false;
    return there.size > (there.has(except) ? 1 : 0);
  }

  function soon(): void {
    if (timer !== null) return;
    const wait = Math.max(ROWS_SOON_MS, lastRows + ROWS_EVERY_MS - performance.now());
    timer = setTimeout(() => {
      timer = null;
      lastRows = performance.now();
      sendRows().catch((error: unknown) => deps.log.error({ err: error }, "rows were not sent"));
    }, wait);
  }

  /** Rows are read anew, so that two nodes that changed one never send the older state last. */
  async function sendRows(): Promise<void> {
    const [ids, visitorIds] = [changed, changedVisitors];
    changed = new Map();
    changedVisitors = new Set();
    const [byId, byVisitor] = await Promise.all([
      ids.size === 0 ? [] : deps.findConversations([...ids.keys()]),
      visitorIds.size === 0 ? [] : deps.findConversationsOf([...visitorIds]),
    ]);
    const bySite = new Map<string, Map<string, StoredConversation>>();
    for (const stored of [...byId, ...byVisitor]) {
      if (stored.erasedAt !== null || stored.lastSeq === 0) continue;
      const ofSite = bySite.get(stored.site) ?? new Map<string, StoredConversation>();
      bySite.set(stored.site, ofSite.set(stored.id, stored));
      if (ids.get(stored.id) === true)
        toVisitor(stored.visitor).emit("conversation:changed", presentConversation(stored));
    }
    for (const [site, stored] of bySite) {
      if (!hasOthers(operators, siteRoom(site), "")) continue;
      for (const row of await deps.presentRows(site, [...stored.values()]))
        toSite(site).emit("conversation:changed", row);
    }
  }

  return {
    messageSent(site, visitorId, stored, exceptSocket = "") {
      if (hasOthers(visitors, visitorRoom(visitorId), exceptSocket))
        toVisitor(visitorId)
          .except(exceptSocket)
          .emit("message:sent", presentMessage(stored, `v:${visitorId}`, deps.presentAttachment));
      if (hasOthers(operators, siteRoom(site), exceptSocket))
        toSite(site)
          .except(exceptSocket)
          .emit("message:sent", presentMessage(stored, "o", deps.presentAttachment));
      changed.set(stored.conversation, changed.get(stored.conversation) ?? false);
      soon();
    },
    conversationChanged(_site, _visitorId, conversationId) {
      changed.set(conversationId, true);
      soon();
    },
    visitorChanged(_site, visitorId) {
      changedVisitors.add(visitorId);
      soon();
    },
    presenceChanged(site, operatorsOnline) {
      // Each node tells its own: all of them watch who is there.
      visitors.local.to(siteRoom(site)).emit("presence:changed", { operatorsOnline });
    },
    consentChanged(_site, visitorId, consent) {
      toVisitor(visitorId).emit("consent:changed", consent);
      // Their rows go to operators anew: an open details pane reads again when its row comes.
      changedVisitors.add(visitorId);
      soon();
    },
    pageViewed(site, visitorId, view) {
      deps
        .findConversationsOf([visitorId])
        .then((found) => {
          for (const { id } of found)
            toSite(site).emit("page:viewed", { conversationId: id, view });
        })
        .catch((error: unknown) => deps.log.error({ err: error }, "page view was not shown"));
    },
    tokenRevoked(_site, visitorId) {
      toVisitor(visitorId).emit("token:revoked", {});
      visitors.in(visitorRoom(visitorId)).disconnectSockets(true);
    },
    conversationErased(site, visitorId, conversationId) {
      toVisitor(visitorId).emit("conversation:erased", { conversationId });
      toSite(site).emit("conversation:erased", { conversationId });
    },
    operatorSessionEnded(sessionId) {
      operators.to(sessionRoom(sessionId)).emit("session:ended", {});
      operators.in(sessionRoom(sessionId)).disconnectSockets(true);
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
