import type { Command } from "../../state/commands.js";
import { filterRows } from "../../state/inbox-lists.js";
import { nameVisitor, tellLastLine } from "../../state/name-visitor.js";
import type { App } from "../use-app.js";

/** Everything that has a key, and what only the list behind `Ctrl K` offers. */
export function listCommands(app: App): Command[] {
  const { page, sites, preferences, desk, overlay, focusOn, notice } = app;
  const route = page.route.value;
  const here = route.view === "inbox" ? route.conversationId : null;
  const row = here === null ? null : (desk.value?.inbox.find(here) ?? null);
  const log = here === null ? undefined : desk.value?.conversations.opened.value.get(here)?.log;
  const closed = (log?.conversation ?? row?.conversation)?.state === "closed";
  const go = (to: typeof route) => (): void => page.go(to);

  const step = (by: 1 | -1) => (): void => {
    const rows = shownRows(app);
    const at = rows.findIndex((one) => one.conversation.id === here);
    const next = at < 0 ? rows[0] : rows[at + by];
    if (next !== undefined) page.go({ view: "inbox", conversationId: next.conversation.id });
  };
  const setState = async (): Promise<void> => {
    if (here === null) return;
    notice.value = (await desk.value?.setState(here, closed ? "open" : "closed")) ?? "";
  };
  const inConversation = here !== null;
  const command = (
    section: Command["section"],
    title: string,
    keys: string[],
    run: () => void,
    may = true,
  ): Command => ({ section, title, keys, run, may });

  return [
    command("Everywhere", "Find and do", ["Mod+k"], () => (overlay.value = "commands")),
    command("Everywhere", "List the keys", ["?"], () => (overlay.value = "keys")),
    command("Everywhere", "Inbox", ["1"], go({ view: "inbox", conversationId: null })),
    command("Everywhere", "Mailing", ["2"], go({ view: "mailing" })),
    command("Everywhere", "Visits", ["3"], go({ view: "visits" })),
    command("Everywhere", "Privacy", ["4"], go({ view: "privacy", section: null })),
    command("Everywhere", "Settings", ["5"], go({ view: "settings", section: null })),
    command(
      "Everywhere",
      "Next site",
      ["s"],
      () => stepSite(app),
      (sites.all.value?.length ?? 0) > 1,
    ),
    command("Everywhere", "Sign out", ["q"], () => (overlay.value = "sign-out")),
    command("Inbox", "Find in the list", ["/"], () => {
      if (route.view !== "inbox") page.go({ view: "inbox", conversationId: null });
      focusOn.value = "search";
    }),
    command("Inbox", "Next conversation", ["j", "Alt+ArrowDown"], step(1), route.view === "inbox"),
    command(
      "Inbox",
      "Previous conversation",
      ["k", "Alt+ArrowUp"],
      step(-1),
      route.view === "inbox",
    ),
    command(
      "Inbox",
      "Show open conversations",
      ["o"],
      () => preferences.setList("open"),
      route.view === "inbox",
    ),
    command(
      "Inbox",
      "Show closed conversations",
      ["c"],
      () => preferences.setList("closed"),
      route.view === "inbox",
    ),
    command("Conversation", "Answer", ["r"], () => (focusOn.value = "composer"), inConversation),
    command(
      "Conversation",
      "Attach a photo",
      ["a"],
      () => (focusOn.value = "photo"),
      inConversation,
    ),
    command(
      "Conversation",
      closed ? "Reopen the conversation" : "Close the conversation",
      ["e"],
      () => void setState(),
      inConversation,
    ),
    command(
      "Conversation",
      "Show or hide the visitor's details",
      ["d"],
      () => (overlay.value = overlay.value === "details" ? "none" : "details"),
      inConversation,
    ),
    command(
      "Conversation",
      "Back to the list",
      ["Escape"],
      () => {
        if (overlay.value === "details" || overlay.value === "account") overlay.value = "none";
        else page.go({ view: "inbox", conversationId: null });
      },
      inConversation,
    ),
    command(
      "Settings",
      "Site, time zone and controller",
      ["g"],
      go({ view: "settings", section: "site" }),
    ),
    command(
      "Settings",
      "Colour, corner, greeting and language",
      ["b"],
      go({ view: "settings", section: "appearance" }),
    ),
    command(
      "Settings",
      "Script tag and allowed origins",
      ["t"],
      go({ view: "settings", section: "tag" }),
    ),
    command("Settings", "Rules", ["p"], go({ view: "settings", section: "rules" })),
  ];
}

/** The rows of the list as shown: site, open or closed, search. */
export function shownRows({ sites, preferences, desk }: App) {
  const site = sites.current.value;
  const lists = site === null ? undefined : desk.value?.inbox.sites.value.get(site.id);
  return filterRows(lists?.[preferences.list.value].rows ?? [], preferences.search.value);
}

/** Conversations, for the list behind `Ctrl K`: all that are loaded, of every site. */
export function listPeople(app: App): { title: string; run: () => void }[] {
  const rows = [...(app.desk.value?.inbox.sites.value.values() ?? [])].flatMap((lists) => [
    ...lists.open.rows,
    ...lists.closed.rows,
  ]);
  return rows.map((row) => ({
    title: `${nameVisitor(row.visitor)}: ${tellLastLine(row)}`,
    run: () => {
      app.sites.choose(row.siteId);
      app.preferences.setList(row.conversation.state);
      app.page.go({ view: "inbox", conversationId: row.conversation.id });
    },
  }));
}

function stepSite({ sites }: App): void {
  const all = sites.all.value ?? [];
  const at = all.findIndex((site) => site.id === sites.current.value?.id);
  const next = all[(at + 1) % all.length];
  if (next !== undefined) sites.choose(next.id);
}
