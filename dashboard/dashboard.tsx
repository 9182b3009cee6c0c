import { effect, signal } from "@preact/signals";
import { render } from "preact";
import css from "./dashboard.css";
import { createBrowserShelf } from "./net/browser-shelf.js";
import { createCallServer, createFetchFile } from "./net/call-server.js";
import { openOperatorLink, type OperatorLink } from "./net/operator-link.js";
import { createPage } from "./net/page.js";
import { createPrivacyApi } from "./net/privacy-api.js";
import { createServerApi } from "./net/server-api.js";
import { uploadPhoto } from "./net/upload-photo.js";
import { createAccounts } from "./state/accounts.js";
import { createDesk, type Desk } from "./state/desk.js";
import { countInbox } from "./state/inbox-lists.js";
import { createMailing } from "./state/mailing.js";
import { offline } from "./state/outcome.js";
import { createOverdueWatch } from "./state/overdue.js";
import { createPreferences } from "./state/preferences.js";
import { createSession } from "./state/session.js";
import { createSites } from "./state/sites.js";
import { tellAtLeast } from "./state/tell-numbers.js";
import { AppView } from "./views/App.js";
import { AppContext, type App, type FocusTarget, type Overlay } from "./views/use-app.js";

/** Wiring, nothing else: state is made, the socket follows the session, the view is drawn. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
document.adoptedStyleSheets = [sheet];

const shelf = createBrowserShelf();
const call = createCallServer(() => session.end());
const api = createServerApi(call);
const fetchFile = createFetchFile(() => session.end());
const privacy = createPrivacyApi(call, fetchFile);
const session = createSession(api);
const sites = createSites(api, shelf);
const desk = signal<Desk | null>(null);
let link: OperatorLink | null = null;

const page = createPage(() => {
  link?.hurry();
  if (desk.value?.connected.value === true) desk.value.catchUp();
});

const app: App = {
  page,
  session,
  sites,
  accounts: createAccounts(api),
  mailing: createMailing(api),
  privacy,
  overdue: createOverdueWatch(privacy),
  preferences: createPreferences(shelf),
  desk,
  overlay: signal<Overlay>("none"),
  focusOn: signal<FocusTarget | null>(null),
  notice: signal(""),
};

function makeDesk(operatorId: string): Desk {
  return createDesk({
    operatorId,
    ask: (event, payload) => link?.ask(event, payload) ?? Promise.resolve(offline),
    upload: uploadPhoto,
    describePhoto: api.describePhoto,
    shelf,
    siteIds: () => {
      const first = sites.current.peek()?.id;
      const all = (sites.all.peek() ?? []).map((site) => site.id);
      return first === undefined ? all : [first, ...all.filter((id) => id !== first)];
    },
    uploadBytes: () => sites.sizes.peek().uploadBytes,
    now: Date.now,
    random: Math.random,
    fillRandom: (bytes) => crypto.getRandomValues(bytes),
    ended: () => session.end(),
  });
}

/** The desk stays over a session that ended, for the same operator; the socket does not. */
effect(() => {
  const status = session.status.value;
  const operatorId = session.operator.value?.id ?? null;
  if (status === "ready" && operatorId !== null) {
    if (desk.peek()?.operatorId !== operatorId) desk.value = makeDesk(operatorId);
    void open();
  } else {
    link?.close();
    link = null;
    if (status === "signed-out") desk.value = null;
  }
});

/** The sites first: without them the first catch-up would ask for nothing. */
async function open(): Promise<void> {
  await sites.refresh();
  void app.overdue.refresh((sites.all.value ?? []).map((site) => site.id));
  const place = desk.peek();
  if (link !== null || place === null || session.status.peek() !== "ready") return;
  link = openOperatorLink({
    up: () => place.up(),
    down: (cut) => place.down(cut),
    refused: (failure) => {
      if (failure.code === "CLIENT_OUTDATED") location.reload();
      else if (failure.code === "NOT_SIGNED_IN") session.end();
      else if (failure.code === "CONFIDENTIALITY_REQUIRED") void session.resume();
      else app.notice.value = failure.message;
    },
    news: place.heard,
  });
}

effect(() => {
  const { unread, atLeast } = countInbox(desk.value?.inbox.sites.value.values() ?? []);
  document.title = unread > 0 ? `(${tellAtLeast(unread, atLeast)}) Porchlight` : "Porchlight";
});

const root = document.body.appendChild(document.createElement("div"));
root.className = "app";
render(
  <AppContext.Provider value={app}>
    <AppView />
  </AppContext.Provider>,
  root,
);
void session.resume();
