import { useSignal } from "@preact/signals";
import type { Attachment } from "../../../shared/wire.js";
import { fitPhoto } from "../../state/fit-photo.js";
import { tellBytes } from "../../state/tell-numbers.js";
import { useApp } from "../use-app.js";
import { Placeholder } from "./Placeholder.js";

/** A photo's room in a conversation, in CSS pixels. */
export const photoBox = { width: 300, height: 320 };

/** "Photo 3.9 MB, now 412 KB, location removed". */
export function tellPhoto(attachment: Attachment): string {
  const { bytesIn, bytesOut, locationRemoved } = attachment;
  const sizes =
    bytesOut < bytesIn
      ? `Photo ${tellBytes(bytesIn)}, now ${tellBytes(bytesOut)}`
      : `Photo ${tellBytes(bytesOut)}`;
  return locationRemoved ? `${sizes}, location removed` : sizes;
}

/** A photo in its own shape from the first moment on; a click or Enter opens it large. */
export function PhotoBubble({
  attachment,
  conversationId,
  seq,
  view,
}: {
  attachment: Attachment;
  conversationId: string;
  seq: number;
  view: (attachmentId: string) => void;
}) {
  const { desk } = useApp();
  const state = useSignal<"loading" | "shown" | "failed">("loading");
  const size = fitPhoto(attachment, photoBox);
  const preview =
    attachment.renditions.find((one) => one.name === "preview") ?? attachment.renditions[0];
  /** The signed address may have run out: a fresh one comes with the message. */
  const again = async (): Promise<void> => {
    state.value = "loading";
    const failure = await desk.value?.conversations.reread(conversationId, seq);
    if (failure !== null && failure !== undefined) state.value = "failed";
  };
  return (
    <div
      class="photo"
      style={{ width: `${size.width}px`, aspectRatio: `${size.width} / ${size.height}` }}
    >
      <Placeholder hash={attachment.placeholder} />
      {state.value === "failed" || preview === undefined ? (
        <div class="photo-failed">
          <p>The photo did not load.</p>
          <button type="button" class="button" onClick={() => void again()}>
            Try again
          </button>
        </div>
      ) : (
        <button type="button" class="photo-open" onClick={() => view(attachment.id)}>
          <img
            key={preview.url}
            src={preview.url}
            alt={attachment.altText === "" ? "Photo without a description" : attachment.altText}
            decoding="async"
            draggable={false}
            class={state.value === "shown" ? "is-shown" : ""}
            onLoad={() => (state.value = "shown")}
            onError={() => (state.value = "failed")}
          />
        </button>
      )}
    </div>
  );
}
