import { useEffect, useRef } from "preact/hooks";
import { ConversationPane } from "../conversation/ConversationPane.js";
import { DetailsPane } from "../details/DetailsPane.js";
import { useApp } from "../use-app.js";
import { NewMessageNews } from "./NewMessageNews.js";
import { InboxPane } from "./InboxPane.js";

/** List, conversation, details; on a phone one of them at a time. */
export function InboxView({ conversationId }: { conversationId: string | null }) {
  const { overlay, desk, sites, preferences } = useApp();
  const panes = useRef<HTMLDivElement>(null);
  const shown = useRef<string | null | undefined>(undefined);
  useEffect(() => {
    if (overlay.peek() === "details") overlay.value = "none";
    const isFirst = shown.current === undefined;
    shown.current = conversationId;
    // On a phone the pane that had the focus has gone: the one that came takes it.
    if (!isFirst && document.activeElement === document.body)
      panes.current?.querySelector<HTMLElement>("[data-takes-focus]")?.focus();
  }, [conversationId, overlay]);
  const lists = sites.current.value && desk.value?.inbox.sites.value.get(sites.current.value.id);
  const hasRows =
    lists !== undefined && lists !== null && lists[preferences.list.value].rows.length > 0;
  const erased = conversationId !== null && desk.value?.erased.value.has(conversationId) === true;
  return (
    <div ref={panes} class={conversationId === null ? "panes" : "panes has-conversation"}>
      <NewMessageNews selected={conversationId} />
      <InboxPane selected={conversationId} />
      {conversationId === null ? (
        <section class="pane-conversation is-empty" aria-label="Conversation">
          {hasRows && <p>Choose a conversation to read it.</p>}
        </section>
      ) : erased ? (
        <section class="pane-conversation is-empty" aria-label="Conversation">
          <h2>This conversation was erased</h2>
          <p>The visitor, or a request of theirs, removed it. Nothing of it is kept here.</p>
        </section>
      ) : (
        <>
          <ConversationPane key={conversationId} conversationId={conversationId} />
          <DetailsPane conversationId={conversationId} open={overlay.value === "details"} />
        </>
      )}
    </div>
  );
}
