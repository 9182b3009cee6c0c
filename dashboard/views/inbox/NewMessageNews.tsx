import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { nameVisitor, tellLastLine } from "../../state/name-visitor.js";
import { useApp } from "../use-app.js";

/** Says aloud that somebody wrote, for people who do not see the list; the open one speaks for itself. */
export function NewMessageNews({ selected }: { selected: string | null }) {
  const { desk } = useApp();
  const words = useSignal("");
  const newest = useRef(Number.POSITIVE_INFINITY);
  const rows = [...(desk.value?.inbox.sites.value.values() ?? [])].flatMap(
    (lists) => lists.open.rows,
  );
  const last = rows
    .filter((row) => row.lastAuthor === "visitor" && row.unread > 0)
    .sort((a, b) => b.lastAt - a.lastAt)[0];
  useEffect(() => {
    const at = last?.lastAt ?? 0;
    const isNews = last !== undefined && at > newest.current && last.conversation.id !== selected;
    if (isNews) words.value = `${nameVisitor(last.visitor)}: ${tellLastLine(last)}`;
    newest.current =
      newest.current === Number.POSITIVE_INFINITY ? at : Math.max(at, newest.current);
  }, [last, selected, words]);
  return (
    <p class="sr-only" role="status">
      {words.value}
    </p>
  );
}
