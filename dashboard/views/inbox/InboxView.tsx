import { useEffect } from "preact/hooks";
import { ConversationPane } from "../conversation/ConversationPane.js";
import { DetailsPane } from "../details/DetailsPane.js";
import { useApp } from "../use-app.js";
import { NewMessageNews } from "./NewMessageNews.js";
import { InboxPane } from "./InboxPane.js";

/** List, conversation, details; on a phone one of them at a time. */
export function InboxView({ conversationId }: { conversationId: string | null }) {
  const { overlay, desk, sites, preferences } = useApp();
  useEffect(() => {
    if (overlay.peek() === "details") overlay.value = "none";
  }, [conversationId, overlay]);
  const lists = sites.current.value && desk.value?.inbox.sites.value.get(sites.current.value.id);
  const hasRows =
    lists !== undefined && lists !== null && lists[preferences.list.value].rows.length > 0;
  const erased = conversationId !== null && desk.value?.erased.value.has(conversationId) === true;
  return (
    <div class={conversationId === null ? "panes" : "panes has-conversation"}>
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
