import { useSignal } from "@preact/signals";
import { nameVisitor } from "../../state/name-visitor.js";
import { isFailure } from "../../state/visitor-details.js";
import { Icon } from "../parts/Icon.js";
import { Key } from "../parts/Key.js";
import { Light } from "../parts/Light.js";
import { useApp } from "../use-app.js";

/** Who it is, whether they are there, and what can be done with the conversation. */
export function ConversationHead({ conversationId }: { conversationId: string }) {
  const { desk, page, overlay, notice, session } = useApp();
  const busy = useSignal(false);
  const row = desk.value?.inbox.find(conversationId) ?? null;
  const details = desk.value?.details.details.value.get(conversationId);
  const visitor = row?.visitor ?? (isFailure(details) ? null : details.visitor);
  const conversation =
    desk.value?.conversations.opened.value.get(conversationId)?.log.conversation ??
    row?.conversation;
  const closed = conversation?.state === "closed";
  const where = isFailure(details) ? undefined : details.trail[0];
  const toggle = async (): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    notice.value = (await desk.value?.setState(conversationId, closed ? "open" : "closed")) ?? "";
    busy.value = false;
  };
  const presence = !visitor?.online
    ? "Not on line"
    : where === undefined
      ? "On line"
      : `On “${where.title === "" ? where.path : where.title}” now`;
  return (
    <header class="conversation-head">
      <button
        type="button"
        class="button is-icon only-narrow"
        aria-label="Back to the list"
        onClick={() => page.go({ view: "inbox", conversationId: null })}
      >
        <Icon name="back" flip />
      </button>
      <div class="conversation-who">
        <h2 dir="auto">{visitor === null ? "Conversation" : nameVisitor(visitor)}</h2>
        {visitor !== null && (
          <p class="presence">
            <Light on={visitor.online} />
            <span dir="auto">{presence}</span>
          </p>
        )}
      </div>
      <button
        type="button"
        class="button is-icon only-folded"
        aria-label="Visitor's details"
        aria-expanded={overlay.value === "details"}
        onClick={() => (overlay.value = overlay.value === "details" ? "none" : "details")}
      >
        <Icon name="info" />
      </button>
      {conversation !== undefined && session.operator.value?.role !== "viewer" && (
        <button
          type="button"
          class="button"
          aria-keyshortcuts="e"
          aria-disabled={busy.value}
          onClick={() => void toggle()}
        >
          {closed ? "Reopen" : "Close"}
          <Key name="E" />
        </button>
      )}
    </header>
  );
}
