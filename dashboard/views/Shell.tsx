import { CommandPalette } from "./commands/CommandPalette.js";
import { KeyList } from "./commands/KeyList.js";
import { useKeys } from "./commands/use-keys.js";
import { InboxView } from "./inbox/InboxView.js";
import { MailingView } from "./mailing/MailingView.js";
import { PrivacyView } from "./privacy/PrivacyView.js";
import { VisitsView } from "./visits/VisitsView.js";
import { Rail } from "./Rail.js";
import { SettingsView } from "./settings/SettingsView.js";
import { SignOutDialog } from "./gate/SignOutDialog.js";
import { useApp } from "./use-app.js";

/** The frame of the dashboard: rail (or bottom bar), the view, what floats above it. */
export function Shell() {
  const { page, overlay, desk } = useApp();
  useKeys();
  const route = page.route.value;
  const deep = route.view === "inbox" && route.conversationId !== null;
  return (
    <div class={deep ? "shell is-deep" : "shell"}>
      <a class="skip-link" href="#main" onClick={skipToMain}>
        Skip to the content
      </a>
      <Rail />
      <main class="shell-main" id="main" tabIndex={-1}>
        {desk.value?.connected.value === false && <OfflineBanner />}
        <Notice />
        {route.view === "inbox" && <InboxView conversationId={route.conversationId} />}
        {route.view === "mailing" && <MailingView />}
        {route.view === "visits" && <VisitsView />}
        {route.view === "privacy" && <PrivacyView section={route.section} />}
        {route.view === "settings" && <SettingsView section={route.section} />}
      </main>
      {overlay.value === "commands" && <CommandPalette />}
      {overlay.value === "keys" && <KeyList />}
      {overlay.value === "sign-out" && <SignOutDialog />}
    </div>
  );
}

/** The hash is the route, so the skip link moves the focus itself. */
function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function OfflineBanner() {
  const { desk } = useApp();
  const waiting = desk.value?.outbox.entries.value.length ?? 0;
  return (
    <p class="banner" role="status">
      {waiting === 0
        ? "Not connected. Trying again; you can go on reading and writing."
        : "Not connected. What you sent is kept and goes out when the connection is back."}
    </p>
  );
}

function Notice() {
  const { notice } = useApp();
  return (
    <div role="alert">
      {notice.value !== "" && (
        <p class="banner is-danger">
          {notice.value}{" "}
          <button type="button" class="link" onClick={() => (notice.value = "")}>
            Hide
          </button>
        </p>
      )}
    </div>
  );
}
