import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { groupMessages } from "../state/group-messages.js";
import { fill } from "../text/texts.js";
import { FetchedViewer } from "./fetched-parts.js";
import { Icon } from "./icons.js";
import { MessageGroup } from "./MessageGroup.js";
import { usePanel } from "./panel-context.js";
import type { ViewedPhoto } from "./PhotoViewer.js";

/** Nearer to the end than this counts as being there. */
const nearEnd = 48;

export function MessageList(): JSX.Element {
  const { chat, speech, now, announce } = usePanel();
  const { texts, day, time } = speech.value;
  const { timeline, outbox, site, operatorTypes, connection, kept } = chat.state;
  const scroll = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [awayFromEnd, setAway] = useState(false);
  const [viewed, setViewed] = useState<ViewedPhoto | null>(null);
  const [openedAt] = useState(now);

  const messages = timeline.value?.messages ?? [];
  const rows = useMemo(
    () => groupMessages(messages, outbox.value),
    [timeline.value?.messages, outbox.value],
  );
  const lastOwn = messages.filter((message) => message.author.kind === "visitor").at(-1)?.seq ?? 0;
  const readTo = timeline.value?.conversation.readByOperator ?? 0;
  const from = timeline.value?.from ?? 0;
  const newest = messages.at(-1);

  // Older messages come in above: what is being read stays where it is.
  const height = useRef(0);
  const room = useRef(0);
  const sent = useRef("");
  useLayoutEffect(() => {
    const list = scroll.current;
    if (list) list.scrollTop += list.scrollHeight - height.current;
  }, [from]);
  useLayoutEffect(() => {
    const list = scroll.current;
    if (!list) return;
    // What one sends oneself is always shown.
    const own = outbox.value.at(-1)?.clientId ?? sent.current;
    if (atEnd.current || own !== sent.current) list.scrollTop = list.scrollHeight;
    sent.current = own;
    height.current = list.scrollHeight;
  });
  useEffect(() => {
    const list = scroll.current;
    if (!list) return undefined;
    // The keyboard, the consent card or a taller composer changes the room: stay at the end.
    const observer = new ResizeObserver(() => {
      room.current = list.clientHeight;
      if (atEnd.current) list.scrollTop = list.scrollHeight;
    });
    observer.observe(list);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!awayFromEnd && document.visibilityState === "visible") chat.markRead();
  });
  const heard = useRef(newest?.seq ?? 0);
  useEffect(() => {
    if (!newest || newest.seq <= heard.current) return;
    const isNews = heard.current > 0 || newest.sentAt > openedAt;
    heard.current = newest.seq;
    if (isNews && newest.author.kind === "operator") {
      const text = newest.text || texts.photo;
      announce(fill(texts.newMessage, { name: newest.author.name || texts.support, text }));
    }
  }, [newest?.seq]);

  const scrolled = (): void => {
    const list = scroll.current;
    if (!list) return;
    if (list.clientHeight !== room.current) {
      // Not the reader moved but the room changed (the composer grew): the end stays the end.
      room.current = list.clientHeight;
      if (atEnd.current) list.scrollTop = list.scrollHeight;
      return;
    }
    atEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < nearEnd;
    setAway(!atEnd.current);
    if (list.scrollTop < 200 && from > 0 && !atEnd.current) void chat.loadEarlier();
  };
  const toEnd = (): void => {
    scroll.current?.scrollTo({ top: scroll.current.scrollHeight });
  };

  const unsent = outbox.value.some((entry) => entry.state !== "failed");
  const greeting = from === 0 ? (site.value?.greeting ?? "") : "";
  const begunAt = Math.min(openedAt, timeline.value?.conversation.createdAt ?? openedAt);
  return (
    <>
      {connection.value === "waiting" && unsent && (
        <p class="banner" role="status">
          {texts.waitsForConnection}
        </p>
      )}
      {!kept.value && <p class="banner">{texts.endsWithPage}</p>}
      <div
        ref={scroll}
        class="scroll"
        role="log"
        aria-live="off"
        aria-label={texts.conversation}
        tabIndex={0}
        onScroll={scrolled}
      >
        <div class="spacer" />
        {from > 0 && (
          <button type="button" class="button earlier" onClick={() => void chat.loadEarlier()}>
            {texts.earlier}
          </button>
        )}
        {greeting !== "" && (
          <>
            <p class="day">{day(begunAt, now())}</p>
            <div class="group">
              <div class="bubble last" dir="auto">
                {greeting}
              </div>
              <p class="caption">{`${texts.support}, ${time(begunAt)}`}</p>
            </div>
          </>
        )}
        {rows.map((row, at) =>
          row.kind === "day" ? (
            // The greeting stands under the day it was read on.
            at === 0 && greeting !== "" && day(row.at, now()) === day(begunAt, now()) ? null : (
              <p key={row.key} class="day">
                {day(row.at, now())}
              </p>
            )
          ) : (
            <MessageGroup
              key={row.key}
              group={row}
              lastOwn={lastOwn}
              readTo={readTo}
              view={setViewed}
            />
          ),
        )}
        {operatorTypes.value && (
          <p class="quiet typing">{fill(texts.typing, { name: texts.support })}</p>
        )}
        {timeline.value?.conversation.state === "closed" && <p class="day">{texts.closed}</p>}
        {awayFromEnd && (
          <button type="button" class="button jump" aria-label={texts.jumpDown} onClick={toEnd}>
            <Icon name="down" />
          </button>
        )}
      </div>
      {viewed && <FetchedViewer photo={viewed} close={() => setViewed(null)} />}
    </>
  );
}
