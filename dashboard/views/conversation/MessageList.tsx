import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { groupMessages, startOfLocalDay } from "../../state/message-groups.js";
import { tellDay } from "../../state/tell-numbers.js";
import { FailureNote } from "../parts/FailureNote.js";
import { Icon } from "../parts/Icon.js";
import { Late } from "../parts/Late.js";
import { useApp } from "../use-app.js";
import { MessageGroupView } from "./MessageGroupView.js";
import { PendingMessages } from "./PendingMessages.js";
import { PhotoViewer, type ViewedPhoto } from "./PhotoViewer.js";

/** Closer to the end than this counts as being at the end: new messages scroll into view. */
const atEndPx = 80;

/** The messages, newest at the bottom. It stays where the reader is, unless that is the end. */
export function MessageList({ conversationId }: { conversationId: string }) {
  const { desk, page } = useApp();
  const scroller = useRef<HTMLDivElement>(null);
  const place = useRef({ atEnd: true, height: 0, low: 0 });
  const below = useSignal(0);
  const viewed = useSignal<string | null>(null);
  const opened = desk.value?.conversations.opened.value.get(conversationId);
  const pending = (desk.value?.outbox.entries.value ?? []).filter(
    (entry) => entry.draft.conversationId === conversationId,
  );
  const typing = desk.value?.typing.visitors.value.has(conversationId) === true;
  const messages = opened?.log.messages ?? [];
  const newest = messages.at(-1)?.seq ?? 0;
  const low = opened?.log.low ?? 0;

  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    const before = place.current;
    // Older messages came in above: what was looked at must not move.
    if (low < before.low && !before.atEnd) box.scrollTop += box.scrollHeight - before.height;
    else if (before.atEnd) box.scrollTop = box.scrollHeight;
    place.current = { ...before, height: box.scrollHeight, low };
  }, [newest, low, messages.length, pending.length, typing]);

  useEffect(() => {
    // An image or the keyboard changes the room; the end stays the end.
    const box = scroller.current;
    if (box === null) return;
    const watch = new ResizeObserver(() => {
      if (place.current.atEnd) box.scrollTop = box.scrollHeight;
    });
    watch.observe(box);
    return () => watch.disconnect();
  }, []);

  const seen = useRef(newest);
  useEffect(() => {
    if (place.current.atEnd) seen.current = newest;
    below.value = place.current.atEnd ? 0 : messages.filter((one) => one.seq > seen.current).length;
  }, [newest, messages, below]);

  const follow = (): void => {
    const box = scroller.current;
    if (box === null) return;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < atEndPx;
    place.current = { ...place.current, atEnd, height: box.scrollHeight };
    if (atEnd) {
      seen.current = newest;
      below.value = 0;
    }
    if (box.scrollTop < atEndPx && low > 0)
      void desk.value?.conversations.readOlder(conversationId);
  };
  const toEnd = (): void => {
    const box = scroller.current;
    if (box !== null) box.scrollTop = box.scrollHeight;
  };

  const photos: ViewedPhoto[] = messages.flatMap((message) =>
    message.attachments.map((attachment) => ({ message, attachment })),
  );
  const again = (): void => desk.value?.open(conversationId);
  return (
    <div class="messages">
      <div
        class="messages-scroll"
        ref={scroller}
        onScroll={follow}
        tabIndex={0}
        role="region"
        aria-label="Messages"
      >
        <div class="messages-inner">
          {low > 0 && opened?.state === "ready" && (
            <button
              type="button"
              class="button is-quiet older"
              aria-disabled={opened.readingOlder}
              onClick={() => void desk.value?.conversations.readOlder(conversationId)}
            >
              {opened.readingOlder ? "Reading earlier messages" : "Earlier messages"}
            </button>
          )}
          {(opened === undefined || opened.state === "loading") && <SkeletonBubbles />}
          {opened?.state === "failed" && (
            <FailureNote
              failure={opened.failure}
              {...(opened.failure?.code === "UNKNOWN_CONVERSATION" ? {} : { retry: again })}
            />
          )}
          <div
            role="log"
            aria-live={opened?.state === "ready" ? "polite" : "off"}
            aria-label="Conversation"
          >
            {groupMessages(messages, startOfLocalDay).map((day) => (
              <div class="day" key={day.day}>
                <p class="day-name">{tellDay(day.day, page.now.value)}</p>
                {day.groups.map((group) => (
                  <MessageGroupView
                    key={group.messages[0]?.seq}
                    group={group}
                    readByVisitor={opened?.log.conversation?.readByVisitor ?? 0}
                    newestOwn={newestOwn(messages)}
                    view={(id) => (viewed.value = id)}
                  />
                ))}
              </div>
            ))}
          </div>
          <PendingMessages entries={pending} />
          {typing && <p class="typing">Typing</p>}
        </div>
      </div>
      {below.value > 0 && (
        <button type="button" class="button to-end" onClick={toEnd}>
          <Icon name="down" /> {below.value === 1 ? "New message" : `${below.value} new messages`}
        </button>
      )}
      {viewed.value !== null && (
        <PhotoViewer photos={photos} first={viewed.value} close={() => (viewed.value = null)} />
      )}
    </div>
  );
}

/** Only the newest message of ours says "Sent" or "Read". */
function newestOwn(messages: { seq: number; author: { kind: string } }[]): number {
  return messages.filter((message) => message.author.kind === "operator").at(-1)?.seq ?? 0;
}

function SkeletonBubbles() {
  return (
    <Late>
      <div class="skeleton" role="status">
        <span class="sr-only">Reading the messages</span>
        <i class="skeleton-bubble" />
        <i class="skeleton-bubble" />
        <i class="skeleton-bubble is-own" />
      </div>
    </Late>
  );
}
