import type { InboxRow } from "../../../shared/wire.js";
import { nameVisitor, tellLastLine } from "../../state/name-visitor.js";
import { printRoute } from "../../state/route.js";
import { tellListTime, tellSpan } from "../../state/tell-numbers.js";
import { Light } from "../parts/Light.js";
import { useApp } from "../use-app.js";

/** Waiting longer than this is told in the warning colour and in bold. */
const longWaitMs = 5 * 60_000;

/** Name, last line, time, unread, how long they wait; selected and unread differ by more than colour. */
export function InboxRowLink({
  row,
  selected,
  now,
}: {
  row: InboxRow;
  selected: boolean;
  now: number;
}) {
  const { desk } = useApp();
  const { id } = row.conversation;
  const draft = desk.value?.composer.texts.value.get(id) ?? "";
  const unsent = desk.value?.outbox.entries.value.some(
    (entry) => entry.draft.conversationId === id && entry.state === "failed",
  );
  const typing = desk.value?.typing.visitors.value.has(id) === true;
  return (
    <a
      class={row.unread > 0 ? "row is-unread" : "row"}
      href={printRoute({ view: "inbox", conversationId: id })}
      aria-current={selected ? "true" : undefined}
    >
      <Light on={row.visitor.online} label={row.visitor.online ? "On line" : "Not on line"} />
      <span class="row-name" dir="auto">
        {nameVisitor(row.visitor)}
      </span>
      <time class="row-time" dateTime={new Date(row.lastAt).toISOString()}>
        {tellListTime(row.lastAt, now)}
      </time>
      <span class="row-text" dir="auto">
        {typing ? "Typing" : draft !== "" && !selected ? `Draft: ${draft}` : tellLastLine(row)}
      </span>
      {row.unread > 0 && (
        <span class="badge">
          {row.unread}
          <span class="sr-only"> unread</span>
        </span>
      )}
      <RowState row={row} unsent={unsent === true} now={now} />
    </a>
  );
}

function RowState({ row, unsent, now }: { row: InboxRow; unsent: boolean; now: number }) {
  if (unsent) return <span class="row-state is-danger">Your answer was not sent</span>;
  if (row.conversation.state === "closed") return <span class="row-state">Closed</span>;
  if (row.waitingSince === null) return <span class="row-state">Answered</span>;
  const waited = Math.max(0, now - row.waitingSince);
  return (
    <span class={waited > longWaitMs ? "row-state is-late" : "row-state"}>
      Waiting {tellSpan(waited)}
    </span>
  );
}
