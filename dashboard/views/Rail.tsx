import { countInbox } from "../state/inbox-lists.js";
import { printRoute, type Route } from "../state/route.js";
import { tellAtLeast } from "../state/tell-numbers.js";
import { Icon, type IconName } from "./parts/Icon.js";
import { Light } from "./parts/Light.js";
import { useApp } from "./use-app.js";

interface Place {
  route: Route;
  label: string;
  icon: IconName;
  key: string;
}

const places: Place[] = [
  { route: { view: "inbox", conversationId: null }, label: "Inbox", icon: "chat", key: "1" },
  { route: { view: "mailing" }, label: "Mailing", icon: "mail", key: "2" },
  { route: { view: "visits" }, label: "Visits", icon: "chart", key: "3" },
  { route: { view: "privacy", section: null }, label: "Privacy", icon: "shield", key: "4" },
];
const settings: Place = {
  route: { view: "settings", section: null },
  label: "Settings",
  icon: "gear",
  key: "5",
};

/** The way around: at the side, or at the bottom of a phone. */
export function Rail() {
  const { desk, session, overlay } = useApp();
  const connected = desk.value?.connected.value === true;
  const operator = session.operator.value;
  const open = overlay.value === "account";
  return (
    <nav class="rail" aria-label="Main">
      <span class="rail-light" title={connected ? "You are on line" : "Not connected"}>
        <Light on={connected} label={connected ? "You are on line" : "Not connected"} />
      </span>
      {places.map((place) => (
        <RailLink key={place.label} place={place} />
      ))}
      <span class="rail-gap" />
      <RailLink place={settings} />
      <button
        type="button"
        class="avatar"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={`Account of ${operator?.name ?? ""}`}
        onClick={() => (overlay.value = open ? "none" : "account")}
      >
        {(operator?.name ?? "").trim().slice(0, 1).toUpperCase()}
      </button>
      {open && <AccountMenu />}
    </nav>
  );
}

function RailLink({ place }: { place: Place }) {
  const { page, desk, overdue } = useApp();
  const current = page.route.value.view === place.route.view;
  const inbox = place.label === "Inbox" ? desk.value?.inbox.sites.value.values() : undefined;
  const { unread, atLeast } = countInbox(inbox ?? []);
  return (
    <a
      class="rail-link"
      href={printRoute(place.route)}
      title={`${place.label} (${place.key})`}
      aria-current={current ? "page" : undefined}
      aria-keyshortcuts={place.key}
    >
      <Icon name={place.icon} />
      <span class="sr-only">{place.label}</span>
      {place.label === "Privacy" && overdue.count.value > 0 && (
        <span class="badge is-danger rail-badge">
          {overdue.count.value}
          <span class="sr-only"> overdue requests</span>
        </span>
      )}
      {unread > 0 && (
        <span class="badge rail-badge">
          {unread > 99 ? "99+" : tellAtLeast(unread, atLeast)}
          <span class="sr-only"> unread</span>
        </span>
      )}
    </a>
  );
}

function AccountMenu() {
  const { session, overlay } = useApp();
  const operator = session.operator.value;
  return (
    <>
      <div class="menu-backdrop" onClick={() => (overlay.value = "none")} />
      <div
        class="menu"
        role="menu"
        aria-label="Account"
        onKeyDown={(event) => {
          if (event.key === "Escape") overlay.value = "none";
        }}
      >
        <p class="menu-who">
          <b dir="auto">{operator?.name}</b>
          <span>{operator?.email}</span>
        </p>
        <button
          type="button"
          role="menuitem"
          ref={(element) => element?.focus()}
          onClick={() => (overlay.value = "keys")}
        >
          Keys
        </button>
        <button type="button" role="menuitem" onClick={() => (overlay.value = "commands")}>
          Find and do
        </button>
        <button type="button" role="menuitem" onClick={() => (overlay.value = "sign-out")}>
          Sign out
        </button>
      </div>
    </>
  );
}
