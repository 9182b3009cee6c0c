import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Retention, RetentionPreview } from "../../../shared/privacy.js";
import type { Outcome } from "../../state/outcome.js";
import { tellMany } from "../../state/tell-numbers.js";
import { FailureNote } from "../parts/FailureNote.js";
import { useApp } from "../use-app.js";

/** Typing rests this long before the server is asked. */
const restMs = 400;

/** What shorter periods would delete as soon as they are saved. */
export function RetentionNote({
  siteId,
  saved,
  wanted,
}: {
  siteId: string;
  saved: Retention;
  wanted: Retention;
}) {
  const { privacy, session } = useApp();
  const preview = useSignal<Outcome<RetentionPreview> | null>(null);
  const { conversation, pageViews, originalHours } = wanted;
  const shorter =
    conversation < saved.conversation ||
    pageViews < saved.pageViews ||
    originalHours < saved.originalHours;
  const mine = session.operator.value?.role === "admin";
  useEffect(() => {
    preview.value = null;
    if (!shorter || !mine) return;
    let current = true;
    const timer = setTimeout(() => {
      const change = { conversation, pageViews, originalHours };
      void privacy.previewRetention(siteId, change).then((outcome) => {
        if (current) preview.value = outcome;
      });
    }, restMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [privacy, preview, siteId, conversation, pageViews, originalHours, shorter, mine]);
  const answer = preview.value;
  if (!shorter || answer === null) return null;
  if (!answer.ok) return <FailureNote failure={answer} />;
  const { conversations, visits, originals } = answer.value;
  return (
    <p class="note" role="status">
      {conversations + visits + originals === 0
        ? "Saving this deletes nothing that is here now."
        : `Saving this deletes ${tellMany(conversations, "conversation", "conversations")}, ${tellMany(visits, "visit", "visits")} and ${tellMany(originals, "original of a photo", "originals of photos")} that are here now.`}
    </p>
  );
}
