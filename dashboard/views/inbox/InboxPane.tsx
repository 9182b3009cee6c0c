import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import {
  countInbox,
  emptyLists,
  filterRows,
  type InboxList,
  type InboxState,
} from "../../state/inbox-lists.js";
import type { Failure } from "../../state/outcome.js";
import { tellAtLeast } from "../../state/tell-numbers.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Icon } from "../parts/Icon.js";
import { Key } from "../parts/Key.js";
import { SkeletonRows } from "../parts/Late.js";
import { SitePicker } from "../parts/SitePicker.js";
import { useApp } from "../use-app.js";
import { EmptyInbox } from "./EmptyInbox.js";
import { InboxRowLink } from "./InboxRowLink.js";

/** One site's conversations, open or closed. */
export function InboxPane({ selected }: { selected: string | null }) {
  const { desk, sites, preferences, page } = useApp();
  const older = useSignal<Failure | "reading" | null>(null);
  const state = preferences.list.value;
  const siteId = sites.current.value?.id ?? null;
  const inbox = desk.value?.inbox;
  const connected = desk.value?.connected.value === true;
  const lists = (siteId !== null && inbox?.sites.value.get(siteId)) || emptyLists;
  const list = lists[state];
  const { waiting, atLeast } = countInbox([lists]);

  useEffect(() => {
    older.value = null;
    if (siteId !== null && connected && !list.loaded) void inbox?.refresh(siteId, state);
  }, [siteId, state, connected, list.loaded, inbox, older]);

  const failure =
    sites.failure.value ??
    (siteId === null ? null : (inbox?.failures.value.get(`${siteId}/${state}`) ?? null));
  const rows = filterRows(list.rows, preferences.search.value);
  const readOlder = async (): Promise<void> => {
    if (siteId === null || inbox === undefined) return;
    older.value = "reading";
    older.value = await inbox.readOlder(siteId, state);
  };
  const again = (): void => {
    void sites.refresh();
    if (siteId !== null) void inbox?.refresh(siteId, state);
  };

  return (
    <section class="pane-list" aria-label="Inbox">
      <header class="list-head">
        <h1>Inbox</h1>
        <SitePicker />
        <span class="quiet">{waiting > 0 && `${tellAtLeast(waiting, atLeast)} waiting`}</span>
      </header>
      <div class="tabs" role="group" aria-label="Which conversations">
        <ListTab state="open" label="Open" list={lists.open} />
        <ListTab state="closed" label="Closed" list={lists.closed} />
      </div>
      <SearchField />
      <div class="list-scroll">
        {failure !== null && !list.loaded && <FailureNote failure={failure} retry={again} />}
        {failure === null && !list.loaded && (
          <SkeletonRows count={7} label="Reading the conversations" />
        )}
        {list.loaded && rows.length === 0 && (
          <EmptyInbox state={state} search={preferences.search.value} lists={lists} />
        )}
        <ul class="rows">
          {rows.map((row) => (
            <li key={row.conversation.id}>
              <InboxRowLink
                row={row}
                selected={row.conversation.id === selected}
                now={page.now.value}
              />
            </li>
          ))}
        </ul>
        {list.more && (
          <button
            type="button"
            class="button is-wide is-quiet"
            aria-disabled={older.value === "reading"}
            onClick={() => void readOlder()}
          >
            {older.value === "reading" ? "Reading older ones" : "Older conversations"}
          </button>
        )}
        {older.value !== "reading" && <FailureNote failure={older.value} />}
      </div>
    </section>
  );
}

function ListTab({ state, label, list }: { state: InboxState; label: string; list: InboxList }) {
  const { preferences } = useApp();
  const chosen = preferences.list.value === state;
  return (
    <button
      type="button"
      class="tab"
      aria-pressed={chosen}
      onClick={() => preferences.setList(state)}
    >
      {label}
      {list.rows.length > 0 && ` ${tellAtLeast(list.rows.length, list.more)}`}
    </button>
  );
}

function SearchField() {
  const { preferences, focusOn } = useApp();
  const input = useRef<HTMLInputElement>(null);
  const wanted = focusOn.value === "search";
  useEffect(() => {
    if (!wanted) return;
    input.current?.focus();
    focusOn.value = null;
  }, [wanted, focusOn]);
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label="Find in the list"
        placeholder="Find in the list"
        value={preferences.search.value}
        onInput={(event) => preferences.setSearch(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          preferences.setSearch("");
          event.currentTarget.blur();
        }}
      />
      <Key name="/" />
    </div>
  );
}
