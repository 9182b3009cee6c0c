import type { JSX, TargetedEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { limits } from "../../shared/limits.js";
import type { OutboxPhoto } from "../state/outbox.js";
import { draft } from "./draft.js";
import { Icon } from "./icons.js";
import { drawPreview } from "./local-previews.js";
import { usePanel } from "./panel-context.js";

/** Photos picked and not sent yet, each with room for a description. */
export function PhotoTray(): JSX.Element | null {
  const photos = draft.photos.value;
  if (photos.length === 0) return null;
  return (
    <ul class="tray">
      {photos.map((photo) => (
        <StagedPhoto key={photo.clientId} photo={photo} />
      ))}
    </ul>
  );
}

function StagedPhoto({ photo }: { photo: OutboxPhoto }): JSX.Element {
  const { speech } = usePanel();
  const { texts } = speech.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) void drawPreview(canvas.current, photo.file);
  }, [photo.file]);
  const describe = (event: TargetedEvent<HTMLInputElement>): void => {
    const altText = event.currentTarget.value;
    draft.photos.value = draft.photos.value.map((one) =>
      one.clientId === photo.clientId ? { ...one, altText } : one,
    );
  };
  const remove = (): void => {
    draft.photos.value = draft.photos.value.filter((one) => one.clientId !== photo.clientId);
  };
  return (
    <li>
      <canvas ref={canvas} aria-hidden="true" />
      <input
        value={photo.altText}
        maxLength={limits.altText}
        dir="auto"
        placeholder={texts.describePhoto}
        aria-label={`${texts.describePhoto}: ${photo.name}`}
        onInput={describe}
      />
      <button
        type="button"
        class="icon-button"
        aria-label={`${texts.removePhoto}: ${photo.name}`}
        onClick={remove}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
