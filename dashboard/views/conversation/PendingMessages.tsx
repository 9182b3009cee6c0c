import { fitPhoto } from "../../state/fit-photo.js";
import type { OutboxEntry } from "../../state/outbox.js";
import { useApp } from "../use-app.js";
import { Bubble } from "./MessageGroupView.js";
import { photoBox } from "./PhotoBubble.js";
import { Placeholder } from "./Placeholder.js";

/** What is not acknowledged yet, in the order of writing, each with its state in words. */
export function PendingMessages({ entries }: { entries: OutboxEntry[] }) {
  const { desk } = useApp();
  return (
    <>
      {entries.map((entry) => {
        const { clientId, text } = entry.draft;
        return (
          <div class="group is-own is-pending" key={clientId}>
            {text !== "" && <Bubble text={text} />}
            {entry.photos.map((photo, index) => {
              const size = fitPhoto(photo, photoBox);
              const shape = {
                width: `${size.width}px`,
                aspectRatio: `${size.width} / ${size.height}`,
              };
              return (
                <div class="photo" key={index} style={shape}>
                  <Placeholder hash={photo.placeholder} />
                </div>
              );
            })}
            {entry.state === "failed" ? (
              <p class="group-foot is-danger" role="alert">
                Not sent. {entry.reason}{" "}
                <button
                  type="button"
                  class="link"
                  onClick={() => desk.value?.outbox.retry(clientId)}
                >
                  Try again
                </button>{" "}
                <button
                  type="button"
                  class="link"
                  onClick={() => desk.value?.outbox.discard(clientId)}
                >
                  Delete
                </button>
              </p>
            ) : (
              <p class="group-foot">
                {desk.value?.connected.value === true ? "Sending" : "Waiting for the connection"}
              </p>
            )}
          </div>
        );
      })}
    </>
  );
}
