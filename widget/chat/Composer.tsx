import type { JSX, TargetedEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { limits } from "../../shared/limits.js";
import { fill } from "../text/texts.js";
import { fetchPhotoParts, FetchedTray } from "./fetched-parts.js";
import { Icon } from "./icons.js";
import { acceptedTypes } from "./accepted-types.js";
import { usePanel } from "./panel-context.js";
import { draft } from "./draft.js";

/** The rest of the room is told from here on. */
const tellBelow = 200;

export function Composer(): JSX.Element {
  const { chat, speech, usage } = usePanel();
  const { texts, count } = speech.value;
  const [problems, setProblems] = useState<string[]>([]);
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const touch = matchMedia("(pointer: coarse)").matches;

  const site = chat.state.site.value;
  const limit = site?.messageText ?? limits.messageText;
  const text = draft.text.value;
  const photos = draft.photos.value;
  const left = limit - text.length;
  const attachHint = site ? count(texts.attachHint, site.originalHours) : "";
  const empty = text.trim() === "" && photos.length === 0;

  useEffect(() => {
    // On a phone the keyboard would cover half the conversation before anybody asked for it.
    if (!touch) field.current?.focus({ preventScroll: true });
    return () => chat.typing(false);
  }, []);
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const add = async (files: readonly File[]): Promise<void> => {
    if (files.length === 0) return;
    setBusy((now) => now + 1);
    const room = limits.messageAttachments - draft.photos.value.length;
    const bytes = site?.uploadBytes ?? limits.uploadBytes;
    try {
      const { stagePhotos } = await fetchPhotoParts();
      const staged = await stagePhotos(files, room, bytes, speech.value);
      draft.photos.value = [...draft.photos.value, ...staged.photos];
      setProblems(staged.problems);
    } catch {
      setProblems([texts.noConnection]);
    }
    setBusy((now) => now - 1);
    field.current?.focus({ preventScroll: true });
  };
  const send = (): void => {
    if (empty || busy > 0 || left < 0) return;
    usage.press("send");
    chat.send(text.trim(), photos);
    draft.clear();
    setProblems([]);
    field.current?.focus({ preventScroll: true });
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || touch) return;
    event.preventDefault();
    send();
  };
  const typed = (event: TargetedEvent<HTMLTextAreaElement>): void => {
    draft.text.value = event.currentTarget.value;
    chat.typing(event.currentTarget.value.trim() !== "");
  };
  const pasted = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void add(files);
  };
  const picked = (event: TargetedEvent<HTMLInputElement>): void => {
    void add([...(event.currentTarget.files ?? [])]);
    // The same photo may be picked again.
    event.currentTarget.value = "";
  };
  useEffect(() => watchDrops(field.current, setOver, (files) => void add(files)), [site]);

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {over && <div class="drop">{texts.dropHere}</div>}
      {photos.length > 0 && <FetchedTray />}
      {problems.map((problem) => (
        <p key={problem} class="note alert" role="alert">
          {problem}
        </p>
      ))}
      {left < tellBelow && (
        <p class={left < 0 ? "note alert" : "note"} role={left < 0 ? "alert" : undefined}>
          {left < 0
            ? fill(texts.tooLong, { length: text.length, limit })
            : count(texts.charactersLeft, left)}
        </p>
      )}
      {photos.length > 0 && attachHint !== "" && <p class="note">{attachHint}</p>}
      <div class="line">
        <button
          type="button"
          class="icon-button"
          aria-label={texts.attach}
          title={attachHint}
          onClick={() => {
            usage.press("attach");
            picker.current?.click();
          }}
        >
          <Icon name="photo" />
        </button>
        <input
          ref={picker}
          type="file"
          accept={acceptedTypes}
          multiple
          hidden
          aria-label={texts.attach}
          onChange={picked}
        />
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          aria-label={texts.write}
          placeholder={texts.write}
          value={text}
          enterkeyhint={touch ? "enter" : "send"}
          onInput={typed}
          onKeyDown={keys}
          onPaste={pasted}
        />
        <button
          type="submit"
          class="send"
          aria-label={texts.send}
          disabled={empty || busy > 0 || left < 0}
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}

/** Files may be dropped anywhere on the panel. */
function watchDrops(
  inside: HTMLElement | null,
  over: (on: boolean) => void,
  drop: (files: File[]) => void,
): (() => void) | undefined {
  const frame = inside?.closest<HTMLElement>(".panel");
  if (!frame) return undefined;
  const hasFiles = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes("Files") === true;
  const dragged = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    over(true);
  };
  const left = (event: DragEvent): void => {
    if (!(event.relatedTarget instanceof Node && frame.contains(event.relatedTarget))) over(false);
  };
  const dropped = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    over(false);
    drop([...(event.dataTransfer?.files ?? [])]);
  };
  frame.addEventListener("dragover", dragged);
  frame.addEventListener("dragleave", left);
  frame.addEventListener("drop", dropped);
  return () => {
    frame.removeEventListener("dragover", dragged);
    frame.removeEventListener("dragleave", left);
    frame.removeEventListener("drop", dropped);
  };
}
