import type { ErrorCode } from "../../shared/error-codes.js";
import type { ConsentState } from "../../shared/consent.js";
import type { VisitorNews } from "../../shared/events.js";
import type { Profile } from "../../shared/wire.js";
import type { OutboxStorage } from "../net/outbox-storage.js";
import type { PhotoUpload } from "../net/upload-photo.js";
import type { LinkListener, VisitorLink } from "../net/visitor-socket.js";
import { makeChatState, type ChatState } from "./chat-state.js";
import { keepConnection, type Connection, type Timing } from "./keep-connection.js";
import type { Outbox, OutboxPhoto } from "./outbox.js";
import { sendOutbox } from "./send-outbox.js";
import { syncHistory } from "./sync-history.js";

/** Everything the panel can do. */
export interface ChatClient {
  state: ChatState;
  connection: Connection;
  send: (text: string, photos: OutboxPhoto[]) => void;
  retry: (clientId: string) => void;
  /** Tries a failed message again without the photo that was refused. */
  sendWithout: (clientId: string) => void;
  cancel: (clientId: string) => void;
  /** The composer's text changed; `false` when it was emptied or sent. */
  typing: (on: boolean) => void;
  /** The newest message is on screen. */
  markRead: () => void;
  loadEarlier: () => Promise<void>;
  /** Asks for what follows the cursor; nothing happens without a link. */
  catchUp: () => Promise<void>;
  /** Asks for fresh addresses of photos whose signature has run out. */
  refreshPhotos: () => Promise<void>;
  /** Kept in memory until there is a conversation: nothing is stored of somebody who only typed it. */
  saveProfile: (profile: Profile) => void;
  adopt: (entries: Outbox) => void;
  /** Drops all that is known here, not the token's server side. */
  clear: () => void;
}

export interface ChatDeps {
  makeLink: (listener: LinkListener) => VisitorLink;
  upload: (
    upload: PhotoUpload,
    progress: (share: number) => void,
    signal: AbortSignal,
  ) => Promise<{ id: string }>;
  storage: OutboxStorage;
  timing: Timing;
  random: Crypto;
  /** The token in force (the cookie's, if another tab has written one). */
  token: () => string;
  /** The first message leaves: from now on the token is kept. */
  begin: () => void;
  /** A message is stored: a visitor exists. */
  stored: () => void;
  consentNews: (consent: ConsentState) => void;
  revoked: () => void;
  outdated: () => void;
}

const typingMs = 3_000;

export function makeChatClient(deps: ChatDeps): ChatClient {
  const { timing } = deps;
  const state = makeChatState();
  let unsavedProfile: Profile | null = null;
  let linkToken = "";
  let typedAt = 0;
  let cancelTypes = (): void => {};

  const theLink = (): VisitorLink => link;

  const stopped = (code: ErrorCode): void => {
    if (code === "CLIENT_OUTDATED") deps.outdated();
    else if (code === "TOKEN_REVOKED" || code === "TOKEN_INVALID") deps.revoked();
    else state.obstacle.value = code === "UNKNOWN_SITE" ? "unknown_site" : "origin_refused";
  };
  const connection = keepConnection(theLink, state, timing, stopped);
  const history = syncHistory(theLink, state, connection.renewSoon);
  const outbox = sendOutbox({
    ...deps,
    state,
    link: theLink,
    beforeSend() {
      // Another tab may have begun the conversation: then we are who it says.
      if (deps.token() !== linkToken) {
        connection.renew();
        return false;
      }
      deps.begin();
      return true;
    },
    silent: connection.renewSoon,
    sent(message) {
      const first = state.timeline.value === null;
      history.messageArrived(message);
      deps.stored();
      if (first) flushProfile();
    },
  });

  const flushProfile = (): void => {
    if (!unsavedProfile || state.connection.value !== "open" || !state.timeline.value) return;
    const profile = unsavedProfile;
    link
      .call("profile:save", profile)
      .then((reply) => {
        if (unsavedProfile === profile) unsavedProfile = null;
        if (reply.ok) state.profile.value = reply.value;
      })
      .catch(() => {
        // Still unsaved: the next opening brings it.
      });
    state.profile.value = profile;
  };

  const hear: VisitorNews = {
    "message:sent": history.messageArrived,
    "conversation:changed": history.conversationChanged,
    "typing:changed": (typing) => {
      if (typing.who !== "operator") return;
      cancelTypes();
      state.operatorTypes.value = typing.on;
      // The end of typing may get lost with a link; it never lasts for ever here.
      if (typing.on)
        cancelTypes = timing.after(5_000, () => {
          state.operatorTypes.value = false;
        });
    },
    "presence:changed": (presence) => {
      state.presence.value = presence;
    },
    "conversation:erased": ({ conversationId }) => {
      if (state.timeline.value?.conversation.id === conversationId) state.timeline.value = null;
      outbox.conversationEnded(conversationId);
    },
    "consent:changed": deps.consentNews,
    "token:revoked": deps.revoked,
    "news:missed": ({ withinMs }) => {
      timing.after(timing.random() * withinMs, () => void catchUp());
    },
    "server:stopping": ({ reconnectWithinMs }) => connection.spread(reconnectWithinMs),
  };

  const link = deps.makeLink({
    hear,
    opened() {
      linkToken = deps.token();
      connection.opened();
      history
        .resume()
        .then(() => {
          connection.settled();
          flushProfile();
          outbox.pump();
        })
        .catch(connection.renewSoon);
    },
    ended(end) {
      // A link that we closed ourselves says nothing about the message on its way.
      if (state.connection.value === "open") outbox.linkEnded();
      state.operatorTypes.value = false;
      connection.ended(end);
    },
  });

  const catchUp = async (): Promise<void> => {
    if (state.connection.value === "open") await history.resume().catch(connection.renewSoon);
  };
  const say = (on: boolean): void => {
    const id = state.timeline.value?.conversation.id;
    if (id === undefined || state.connection.value !== "open") return;
    link.call("typing:set", { conversationId: id, on }).catch(() => {
      // A hint; the next one will do.
    });
  };

  return {
    state,
    connection,
    send(text, photos) {
      typedAt = 0;
      outbox.send(text, photos);
    },
    retry: outbox.retry,
    sendWithout: outbox.sendWithout,
    cancel: outbox.cancel,
    typing(on) {
      const now = timing.now();
      if (on && now - typedAt < typingMs) return;
      if (!on && typedAt === 0) return;
      typedAt = on ? now : 0;
      say(on);
    },
    markRead() {
      const timeline = state.timeline.value;
      if (!timeline || state.unread.value === 0 || state.connection.value !== "open") return;
      const { id } = timeline.conversation;
      const seq = timeline.to;
      state.timeline.value = {
        ...timeline,
        conversation: { ...timeline.conversation, readByVisitor: seq },
      };
      link
        .call("conversation:read", { conversationId: id, seq })
        .then((reply) => {
          if (reply.ok) history.conversationChanged(reply.value);
        })
        .catch(() => {
          // The mark is set again when the link is back and the panel still open.
        });
    },
    loadEarlier: history.loadEarlier,
    catchUp,
    refreshPhotos: history.reload,
    saveProfile(profile) {
      state.profile.value = profile;
      unsavedProfile = profile;
      flushProfile();
    },
    adopt: outbox.adopt,
    clear() {
      outbox.clear();
      deps.storage.erase();
      unsavedProfile = null;
      state.timeline.value = null;
      state.profile.value = { name: "", email: "" };
    },
  };
}
