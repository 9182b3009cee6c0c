import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Composer } from "./Composer.js";
import { ConversationHead } from "./ConversationHead.js";
import { MessageList } from "./MessageList.js";
import { useApp } from "../use-app.js";

/** One conversation: opened behind its cursor, marked as read while it is looked at. */
export function ConversationPane({ conversationId }: { conversationId: string }) {
  const { desk, page } = useApp();
  const dragging = useSignal(false);
  const place = desk.value;
  const connected = place?.connected.value === true;
  const opened = place?.conversations.opened.value.get(conversationId);
  const known = opened !== undefined;
  useEffect(() => {
    if (connected && !known) place.open(conversationId);
  }, [place, conversationId, connected, known]);

  const high = opened?.log.high ?? 0;
  const visible = page.visible.value;
  useEffect(() => {
    if (visible && connected) place.markRead(conversationId);
  }, [place, conversationId, high, visible, connected, opened?.state]);

  return (
    <section
      tabIndex={-1}
      data-takes-focus
      class={dragging.value ? "pane-conversation is-dragging" : "pane-conversation"}
      aria-label="Conversation"
      onDragOver={(event) => {
        event.preventDefault();
        dragging.value = true;
      }}
      onDragLeave={(event) => {
        // Moving over what stands inside is no leaving.
        const to = event.relatedTarget;
        if (!(to instanceof Node) || !event.currentTarget.contains(to)) dragging.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        dragging.value = false;
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length > 0) place?.composer.attach(conversationId, files);
      }}
    >
      <ConversationHead conversationId={conversationId} />
      <MessageList conversationId={conversationId} />
      <Composer conversationId={conversationId} />
    </section>
  );
}
