import { effect, signal, untracked } from "@preact/signals";
import { paths } from "../shared/paths.js";
import type { PanelSite } from "../shared/wire.js";
import { rememberSent } from "./chat/local-previews.js";
import type { Panel, View } from "./chat/panel-context.js";
import { makeConsentClient, type ConsentClient } from "./consent/consent-client.js";
import { readSignals } from "./consent/read-signals.js";
import type { LoaderHost } from "./loader-api.js";
import { makeLazyLink } from "./net/lazy-link.js";
import { loadFreshPanel } from "./net/outdated-panel.js";
import { isEntry, makeOutboxStorage } from "./net/outbox-storage.js";
import { makeServerRequests, RequestFailure } from "./net/server-requests.js";
import { sendUsage } from "./net/send-usage.js";
import { openTabChannel } from "./net/tab-channel.js";
import { uploadPhoto } from "./net/upload-photo.js";
import { makeCookieJar } from "./net/visitor-cookies.js";
import { watchPage } from "./net/watch-page.js";
import { chooseSpeech } from "./text/speech.js";
import { makeChatClient } from "./state/chat-client.js";
import type { Timing } from "./state/keep-connection.js";
import { makeIdentity, type Identity } from "./state/identity.js";
import { makeUsageCounter } from "./track/usage-counter.js";

export interface Parts {
  panel: Panel;
  consent: ConsentClient;
  identity: Identity;
  /** What the panel needs of its site; fetched once, again after a failure. */
  site: () => Promise<PanelSite>;
  /** Messages that an earlier page or an outdated panel left unsent. */
  takeOver: () => void;
  /** Shows that the panel's code or site did not load. */
  failed: (error: unknown) => void;
  stop: () => void;
}

const timing: Timing = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** While a page is refused, an open panel asks this often whether it still is. */
const obstacleMs = 60_000;

/** Puts the parts together; nothing is sent and nothing is stored by it. */
export function assemble(host: LoaderHost, destroy: () => void): Parts {
  const { settings, root } = host;
  const { server, key } = settings;
  const jar = makeCookieJar();
  const requests = makeServerRequests(server, key);
  const identity = makeIdentity(jar, crypto, () => consent.storeNothing.value);
  const { speech, choose } = chooseSpeech();
  const kept = window.porchlight?.kept;
  let asking: Promise<PanelSite> | null = null;

  const site = (): Promise<PanelSite> => {
    asking ??= requests.panelSite(language()).then(
      (found) => {
        chat.state.site.value = found;
        consent.seen(found.notice.signals);
        const met = chat.state.obstacle.value;
        if (met !== null && met !== "outdated") {
          chat.state.obstacle.value = null;
          if (chat.state.open.value || identity.begun()) chat.connection.want();
        }
        return found;
      },
      (error: unknown) => {
        asking = null;
        failed(error);
        throw error;
      },
    );
    return asking;
  };
  const failed = (error: unknown): void => {
    usage.fault("panel");
    const code = error instanceof RequestFailure ? error.code : "NETWORK";
    const { obstacle } = chat.state;
    if (location.protocol === "file:") obstacle.value = "file_page";
    else if (code === "ORIGIN_REFUSED") obstacle.value = "origin_refused";
    else if (code === "UNKNOWN_SITE") obstacle.value = "unknown_site";
    else obstacle.value = "site_failed";
  };

  /** Links that ended in a row. A browser does not tell why a handshake was refused; this request does. */
  let misses = 0;
  const askWhy = (): void => {
    requests.panelSite(language()).catch((error: unknown) => {
      const code = error instanceof RequestFailure ? error.code : "NETWORK";
      if (code === "ORIGIN_REFUSED" || code === "UNKNOWN_SITE") failed(error);
    });
  };

  const consent = makeConsentClient({
    jar,
    identity,
    requests,
    signals: readSignals(),
    random: crypto,
    now: timing.now,
    notice: async () => (await site()).notice,
    language: () => speech.value.language,
    changed: () => tabs.tell("consent"),
    superseded: () => {
      asking = null;
      site().catch(() => {
        // The question stays as it is; answering it again asks again.
      });
    },
  });
  const language = (): string => consent.language.value || settings.language;
  choose(language());

  const usage = makeUsageCounter(
    () => {
      const { gpc, dnt } = consent.signals.value;
      const taken = chat.state.site.value?.usage !== false;
      return taken && consent.usage.value && !gpc && !dnt && !consent.storeNothing.value;
    },
    (counts) => sendUsage(server, key, counts),
  );
  const storage = makeOutboxStorage(
    key,
    () => consent.state.value?.choices.preferences === true && !consent.storeNothing.value,
    () => usage.fault("storage"),
  );

  let replacing = false;
  /** This page has begun the conversation, and the other tabs do not know yet. */
  let fresh = false;
  const outdated = async (): Promise<void> => {
    if (replacing) return;
    replacing = true;
    const unsent = chat.state.outbox.value;
    // A panel that is outdated although it has just been fetched would come back for ever.
    if (kept !== undefined) {
      chat.state.obstacle.value = "outdated";
      return;
    }
    destroy();
    const loaded = await loadFreshPanel(server + paths.loader(key), unsent);
    // eslint-disable-next-line no-console -- the page did not let the new script in; its owner can
    if (!loaded) console.error("Porchlight: the chat was renewed; reload the page to go on.");
  };

  const drop = (): void => {
    identity.drop();
    consent.clear();
    jar.clear();
    chat.clear();
    chat.connection.renew();
  };
  const chat = makeChatClient({
    makeLink: (listener) =>
      makeLazyLink(
        {
          server,
          key,
          credentials: () => ({
            token: identity.token(),
            ...(consent.ofAge.value ? { ofAge: true as const } : {}),
          }),
        },
        {
          ...listener,
          opened() {
            misses = 0;
            listener.opened();
          },
          ended(end) {
            // Without a code the line broke, there was none, or the page is refused.
            if (end.code === null) {
              usage.fault("socket");
              misses += 1;
              if (misses % 5 === 2) askWhy();
            }
            listener.ended(end);
          },
        },
      ),
    upload: async (upload, progress, signal) => {
      const settings = { server, key, token: identity.token(), ofAge: consent.ofAge.value };
      const uploading = uploadPhoto(settings, upload, progress, signal);
      const attachment = await uploading.catch((error: unknown) => {
        if (!signal.aborted) usage.fault("upload");
        throw error;
      });
      rememberSent(attachment.id, upload.file);
      return attachment;
    },
    storage,
    timing,
    random: crypto,
    token: identity.token,
    begin() {
      if (identity.begun()) return;
      chat.state.kept.value = identity.keep({ begun: true, days: consent.days() });
      fresh = true;
    },
    stored() {
      // Told when there is a visitor to be: a tab that came earlier would hear nothing of the first message.
      if (fresh) tabs.tell("token");
      fresh = false;
      consent.report().catch(() => {
        // Still unreported: the next message or page tries again.
      });
    },
    consentNews: consent.adopt,
    revoked: drop,
    outdated: () => void outdated(),
  });

  const tabs = openTabChannel(key, (news) => {
    if (news === "forgotten") drop();
    else if (news === "consent") consent.reread();
    else if (identity.kept() !== null) chat.connection.renew();
  });
  let cancelRetry = (): void => {};
  const retry = (): void => {
    if (chat.state.obstacle.value === null) return;
    if (chat.state.open.value) site().catch(() => {});
    cancelRetry = timing.after(obstacleMs, retry);
  };
  const stopObstacle = effect(() => {
    const met = chat.state.obstacle.value;
    cancelRetry();
    if (met === null || met === "site_failed") return;
    // Nothing that is tried again by itself can succeed; its owner may mend it meanwhile.
    untracked(chat.connection.unwant);
    if (met === "outdated") return;
    void import("./net/explain-obstacle.js").then(({ explain }) =>
      explain(met, server + paths.dashboard),
    );
    cancelRetry = timing.after(obstacleMs, retry);
  });
  const unwatch = watchPage({
    hidden(hidden) {
      if (hidden) usage.flush();
      chat.connection.setHidden(hidden);
    },
    back() {
      consent.reread();
      chat.connection.nudge();
      void chat.catchUp();
    },
    offline: chat.connection.renewSoon,
    unsent: () => chat.state.outbox.value.length > 0 && !storage.keeps(),
  });
  const stopKept = effect(() => {
    // With "store nothing", or where cookies are refused, the chat is this page's only.
    chat.state.kept.value = !consent.storeNothing.value && jar.works();
    // Takes the waiting messages out of storage as soon as they may not be there any more.
    storage.save(chat.state.outbox.peek());
  });

  const live = document.createElement("div");
  live.className = "hidden";
  live.setAttribute("aria-live", "polite");
  root.append(live);

  const view = signal<View>("chat");
  const panel: Panel = {
    chat,
    consent,
    requests,
    speech,
    usage,
    view,
    isKnown: () => identity.kept() !== null,
    token: identity.token,
    now: timing.now,
    close: () => {},
    reload: () => void site().catch(() => {}),
    chooseLanguage(chosen) {
      consent.chooseLanguage(chosen);
      choose(language());
      asking = null;
      site().catch(() => {
        // The words have changed already; the site's own stay in the language before.
      });
    },
    forget() {
      const token = identity.kept();
      usage.press("forget");
      usage.flush();
      drop();
      tabs.tell("forgotten");
      if (token !== null) endToken(requests.forget, token, 0);
    },
    announce(sentence) {
      live.textContent = sentence;
    },
  };
  consent.renew();
  consent.report().catch(() => {
    // Still unreported: the next page tries again.
  });

  return {
    panel,
    consent,
    identity,
    site,
    failed,
    takeOver() {
      if (Array.isArray(kept)) chat.adopt(kept.filter(isEntry));
      delete window.porchlight?.kept;
      void storage.load().then((left) => {
        if (left.length === 0) return;
        chat.adopt(left);
        chat.connection.want();
      });
    },
    stop() {
      usage.flush();
      stopKept();
      stopObstacle();
      cancelRetry();
      unwatch();
      tabs.close();
      chat.connection.destroy();
      live.remove();
    },
  };
}

/** The server has to hear of it: nothing here remembers the token any more. */
function endToken(forget: (token: string) => Promise<void>, token: string, attempt: number): void {
  forget(token).catch(() => {
    if (attempt < 8) timing.after(1000 * 2 ** attempt, () => endToken(forget, token, attempt + 1));
  });
}
