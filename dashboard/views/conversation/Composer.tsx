import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Upload } from "../../state/composer.js";
import { tellMany } from "../../state/tell-numbers.js";
import { Icon } from "../parts/Icon.js";
import { useApp } from "../use-app.js";
import { UploadTray } from "./UploadTray.js";

/** What the picker offers. HEIC is left out on purpose: a phone then converts by itself. */
const pickable = "image/jpeg,image/png,image/webp,image/gif,image/avif";
/** On a phone the return key breaks the line and the button sends. */
const touches = matchMedia("(pointer: coarse)").matches;

const isUnderway = ({ state }: Upload): boolean => state === "uploading" || state === "describing";

/** The answer being written: text kept as it is typed, photos from picker, clipboard or drop. */
export function Composer({ conversationId }: { conversationId: string }) {
  const { desk, session, sites, focusOn } = useApp();
  const input = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const sendWhenUp = useSignal(false);
  const composer = desk.value?.composer;
  const text = composer?.texts.value.get(conversationId) ?? "";
  const uploads = composer?.uploads.value.get(conversationId) ?? [];
  const complaint = composer?.complaints.value.get(conversationId) ?? "";
  const uploading = uploads.some(isUnderway);
  const limit = sites.sizes.value.messageText;
  const tooLong = text.length > limit;
  const empty = text.trim() === "" && uploads.length === 0;

  const target = focusOn.value;
  useEffect(() => {
    if (target !== "composer" && target !== "photo") return;
    if (target === "composer") input.current?.focus();
    else picker.current?.click();
    focusOn.value = null;
  }, [target, focusOn]);

  useLayoutEffect(() => {
    const box = input.current;
    if (box === null) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }, [text]);

  const send = (): void => {
    if (empty || tooLong || composer === undefined) return;
    // Read anew: Enter in a description says the words and sends in one go.
    if (composer.uploads.value.get(conversationId)?.some(isUnderway)) sendWhenUp.value = true;
    else desk.value?.send(conversationId);
  };
  useEffect(() => {
    if (!sendWhenUp.value || uploading) return;
    sendWhenUp.value = false;
    // A photo that failed is not left behind in silence: the person decides.
    if (!uploads.some((one) => one.state === "failed")) desk.value?.send(conversationId);
  }, [uploading, uploads, sendWhenUp, desk, conversationId]);

  const attach = (files: FileList | File[] | null | undefined): void => {
    if (files && files.length > 0) composer?.attach(conversationId, [...files]);
  };
  if (session.operator.value?.role === "viewer")
    return (
      <p class="composer is-locked">You can read here. Answering needs the role of operator.</p>
    );
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
        input.current?.focus();
      }}
    >
      <UploadTray conversationId={conversationId} uploads={uploads} />
      <textarea
        ref={input}
        rows={1}
        dir="auto"
        aria-label="Answer"
        aria-describedby="composer-note"
        aria-invalid={tooLong}
        placeholder="Write an answer"
        value={text}
        onInput={(event) => {
          composer?.write(conversationId, event.currentTarget.value);
          if (event.currentTarget.value === "") desk.value?.typing.rest(conversationId);
          else desk.value?.typing.press(conversationId);
        }}
        onBlur={() => desk.value?.typing.rest(conversationId)}
        onPaste={(event) => {
          const files = event.clipboardData?.files;
          if (files === undefined || files.length === 0) return;
          event.preventDefault();
          attach(files);
        }}
        onKeyDown={(event) => {
          const modified = event.shiftKey || event.altKey;
          const sends = event.key === "Enter" && !modified && !event.isComposing;
          if (sends && (!touches || event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            send();
          } else if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <div class="composer-bar">
        <button
          type="button"
          class="button is-icon"
          aria-label="Attach a photo"
          title="Attach a photo (A)"
          onClick={() => picker.current?.click()}
        >
          <Icon name="photo" />
        </button>
        <input
          ref={picker}
          type="file"
          class="sr-only"
          tabIndex={-1}
          aria-label="Photos to attach"
          accept={pickable}
          multiple
          onChange={(event) => {
            attach(event.currentTarget.files);
            event.currentTarget.value = "";
            input.current?.focus();
          }}
        />
        <p class="composer-note" id="composer-note" role="status">
          <ComposerNote left={limit - text.length} waits={sendWhenUp.value} complaint={complaint} />
        </p>
        <button
          type="submit"
          class="button is-primary is-icon"
          aria-label="Send"
          aria-disabled={empty || tooLong}
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}

function ComposerNote({
  left,
  waits,
  complaint,
}: {
  left: number;
  waits: boolean;
  complaint: string;
}) {
  if (left < 0)
    return <span class="is-danger">{tellMany(-left, "character", "characters")} too long</span>;
  if (waits) return <>Goes out when the photo is up</>;
  if (complaint !== "") return <span class="is-danger">{complaint}</span>;
  if (left < 200) return <>{tellMany(left, "character", "characters")} left</>;
  return touches ? null : <span class="only-wide">Enter sends</span>;
}
