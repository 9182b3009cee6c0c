import type { ConsentState } from "../../shared/consent.js";
import type { InboxRow, PageView } from "../../shared/wire.js";
import type { StoredConversation } from "../conversations/conversation-store.js";
import { presentConversation } from "../conversations/present-conversation.js";
import { isStoreUnavailable } from "../errors.js";
import type { Log } from "../infra/log.js";
import type { StoredMessage } from "../messages/message-store.js";
import type { ShownTo } from "../messages/present-message.js";
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
  messageSent(
    visitorId: string,
    stored: StoredMessage,
    shownTo: ShownTo,
    exceptSocket?: string,
  ): void;
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
  /** Only then can this node tell that nobody listens. */
  alone: boolean;
  findConversations(ids: string[]): Promise<StoredConversation[]>;
  findConversationsOf(visitorIds: string[]): Promise<StoredConversation[]>;
  presentRows(site: string, stored: StoredConversation[]): Promise<InboxRow[]>;
  log: Log;
}

/** A change after a quiet while is shown soon; then rounds follow at this pace. */
const ROWS_SOON_MS = 50;
const ROUND_MS = 125;
const AFTER_FAILURE_MS = 1000;
/** Of the rows that changed, a round sends so many, or this share if that is more: none is long behind. */
const ROWS_OF_ROUND = 8;
const SHARE_OF_ROUND = 1 / 8;
/** Rows read and sent at one go: a message must not wait for many. */
const ROWS_AT_ONCE = 32;

/** What happened to a row since it was last sent. */
interface RowChange {
  /** A mark or a state: the visitor is told, too. */
  tell: boolean;
  /** The lowest `seq` of new messages. */
  from: number;
}

/** Of new messages their own events tell the visitor, but not that the first one after a closing reopened it. */
function concernsVisitor(stored: StoredConversation, change: RowChange | undefined): boolean {
  if (change === undefined || stored.erasedAt !== null || stored.lastSeq === 0) return false;
  const { state, closedSeq } = stored;
  return change.tell || (state === "open" && closedSeq > 0 && closedSeq >= change.from - 1);
}

/** Without one socket, which is on this node if it is anywhere: most often it is not even in the room. */
function but<To extends { except(socket: string): To }>(
  to: To,
  there: Set<string> | undefined,
  socket: string,
): To {
  return there?.has(socket) === true ? to.except(socket) : to;
}

/** Takes the oldest entries out, as many as a round sends. */
function takeSome<Value>(changed: {
  readonly size: number;
  entries(): Iterable<[string, Value]>;
  delete(id: string): boolean;
}): Map<string, Value> {
  const most = Math.max(ROWS_OF_ROUND, Math.ceil(changed.size * SHARE_OF_ROUND));
  const taken = new Map<string, Value>();
  for (const [id, value] of changed.entries()) {
    if (taken.size === most) break;
    taken.set(id, value);
    changed.delete(id);
  }
  return taken;
}

function* slices(ids: string[]): Generator<string[]> {
  for (let at = 0; at < ids.length; at += ROWS_AT_ONCE) yield ids.slice(at, at + ROWS_AT_ONCE);
}

export function createPublish(deps: Deps): Publish & { stop(): void } {
  const { visitors, operators } = deps;
  const toVisitor = (visitorId: string) => visitors.to(visitorRoom(visitorId));
  const toSite = (site: string) => operators.to(siteRoom(site));

  /** Conversations whose rows changed, the oldest change first. */
  const changed = new Map<string, RowChange>();
  const changedVisitors = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let nextRows = 0;
  let sending = Promise.resolve();
  let stopped = false;

  /** Whether anybody but one socket may be in a room: an event for nobody is not even encoded. */
  function hasOthers(there: Set<string> | undefined, except: string): boolean {
    if (!deps.alone) return true;
    if (there === undefined) return false;
    return there.size > (there.has(except) ? 1 : 0);
  }

  function soon(): void {
    if (timer !== null || stopped) return;
    const wait = Math.max(ROWS_SOON_MS, nextRows - performance.now());
    timer = setTimeout(() => {
      timer = null;
      nextRows = performance.now() + ROUND_MS;
      // One round after another: an older one must not overtake.
      sending = sending.then(sendRound);
    }, wait);
  }

  /** Rows that a store out of reach kept from being sent go in a later round. */
  async function sendRound(): Promise<void> {
    const ids = takeSome(changed);
    const visitorIds = takeSome(changedVisitors);
    if (changed.size > 0 || changedVisitors.size > 0) soon();
    try {
      await sendRows(ids, visitorIds);
    } catch (error) {
      deps.log.error({ err: error }, "rows were not sent");
      if (!isStoreUnavailable(error)) return;
      for (const [id, { tell, from }] of ids) noteChange(id, tell, from);
      for (const id of visitorIds.keys()) changedVisitors.add(id);
      nextRows = performance.now() + AFTER_FAILURE_MS;
      soon();
    }
  }

  function noteChange(id: string, tell: boolean, from: number): void {
    const known = changed.get(id);
    if (known === undefined) {
      changed.set(id, { tell, from });
      return;
    }
    known.tell ||= tell;
    known.from = Math.min(known.from, from);
  }

  /** Rows are read anew, so that two nodes that changed one never send the older state last. */
  async function sendRows(
    ids: Map<string, RowChange>,
    visitorIds: Map<string, unknown>,
  ): Promise<void> {
    for (const some of slices([...ids.keys()])) {
      const found = await deps.findConversations(some);
      for (const stored of found)
        if (concernsVisitor(stored, ids.get(stored.id)))
          toVisitor(stored.visitor).emit("conversation:changed", presentConversation(stored));
      await sendRowsOf(found);
    }
    for (const some of slices([...visitorIds.keys()])) {
      const found = await deps.findConversationsOf(some);
      await sendRowsOf(found.filter(({ id }) => !ids.has(id)));
    }
  }

  async function sendRowsOf(found: StoredConversation[]): Promise<void> {
    const bySite = new Map<string, StoredConversation[]>();
    for (const stored of found) {
      if (stored.erasedAt !== null || stored.lastSeq === 0) continue;
      const ofSite = bySite.get(stored.site);
      if (ofSite === undefined) bySite.set(stored.site, [stored]);
      else ofSite.push(stored);
    }
    for (const [site, stored] of bySite) {
      if (!hasOthers(operators.adapter.rooms.get(siteRoom(site)), "")) continue;
      for (const row of await deps.presentRows(site, stored))
        toSite(site).emit("conversation:changed", row);
    }
  }

  return {
    messageSent(visitorId, stored, shownTo, exceptSocket = "") {
      const room = visitorRoom(visitorId);
      const tabs = visitors.adapter.rooms.get(room);
      if (hasOthers(tabs, exceptSocket))
        but(visitors.to(room), tabs, exceptSocket).emit("message:sent", shownTo(`v:${visitorId}`));
      const desk = siteRoom(stored.site);
      const screens = operators.adapter.rooms.get(desk);
      if (hasOthers(screens, exceptSocket))
        but(operators.to(desk), screens, exceptSocket).emit("message:sent", shownTo("o"));
      noteChange(stored.conversation, false, stored.seq);
      soon();
    },
    conversationChanged(_site, _visitorId, conversationId) {
      noteChange(conversationId, true, Infinity);
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
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
