import type { JSX } from "preact";
import { isEmojiAlone } from "../../shared/emoji.js";
import type { Message } from "../../shared/wire.js";
import { isPending, type MessageGroup as Group } from "../state/group-messages.js";
import { mayRetry, type OutboxEntry } from "../state/outbox.js";
import { fill } from "../text/texts.js";
import { FetchedPendingPhoto, FetchedPhoto } from "./fetched-parts.js";
import { usePanel } from "./panel-context.js";
import type { ViewedPhoto } from "./PhotoViewer.js";
import { splitText } from "./split-text.js";

interface Props {
  group: Group;
  /** Seq of the visitor's newest stored message; its caption says what became of it. */
  lastOwn: number;
  readTo: number;
  view: (photo: ViewedPhoto) => void;
}

export function MessageGroup({ group, lastOwn, readTo, view }: Props): JSX.Element {
  const { speech } = usePanel();
  const { texts } = speech.value;
  const name = group.own ? "" : group.name || texts.support;
  return (
    <div class={group.own ? "group own" : "group"}>
      {group.items.map((item, at) => (
        <Item
          key={item.clientId}
          item={item}
          last={at === group.items.length - 1}
          view={view}
          name={name}
        />
      ))}
      <Caption group={group} name={name} lastOwn={lastOwn} readTo={readTo} />
    </div>
  );
}

function Item(props: {
  item: Message | OutboxEntry;
  last: boolean;
  name: string;
  view: Props["view"];
}): JSX.Element {
  const { item, last, name, view } = props;
  const pending = isPending(item);
  const hasPhotos = pending ? item.photos.length > 0 : item.attachments.length > 0;
  const classes = ["bubble"];
  if (last && !hasPhotos) classes.push("last");
  if (pending) classes.push("unsent");
  if (isEmojiAlone(item.text)) classes.push("emoji");
  return (
    <>
      {item.text !== "" && (
        <div class={classes.join(" ")} dir="auto">
          <MessageText text={item.text} />
        </div>
      )}
      {pending
        ? item.photos.map((photo) => (
            <FetchedPendingPhoto key={photo.clientId} photo={photo} entry={item} />
          ))
        : item.attachments.map((attachment) => (
            <FetchedPhoto key={attachment.id} attachment={attachment} from={name} view={view} />
          ))}
    </>
  );
}

/** Text nodes and links, never markup: what a stranger wrote stays text. */
function MessageText({ text }: { text: string }): JSX.Element {
  return (
    <>
      {splitText(text).map((part) =>
        part.href === undefined ? (
          part.text
        ) : (
          <a href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {part.text}
          </a>
        ),
      )}
    </>
  );
}

function Caption(props: {
  group: Group;
  name: string;
  lastOwn: number;
  readTo: number;
}): JSX.Element {
  const { group, name, lastOwn, readTo } = props;
  const { speech } = usePanel();
  const { texts, time } = speech.value;
  const last = group.items.at(-1);
  if (!last) return <></>;
  if (isPending(last)) return <PendingCaption entry={last} />;
  const words: string[] = name ? [`${name}, ${time(group.at)}`] : [time(group.at)];
  if (group.own && last.seq === lastOwn) words.push(last.seq <= readTo ? texts.read : texts.sent);
  return <p class="caption">{words.join(". ")}</p>;
}

function PendingCaption({ entry }: { entry: OutboxEntry }): JSX.Element {
  const { chat, speech } = usePanel();
  const { texts, percent } = speech.value;
  if (entry.state === "failed") {
    const reasons: Record<string, string | undefined> = texts.failure;
    const photo = entry.photos.find((one) => one.clientId === entry.failedPhoto);
    const more = entry.text !== "" || entry.photos.length > 1;
    return (
      <p class="caption failed" role="alert">
        {texts.notSent} {photo && <bdi>{photo.name}: </bdi>}
        {reasons[entry.failure ?? ""] ?? ""}
        {mayRetry(entry) && (
          <button type="button" class="link" onClick={() => chat.retry(entry.clientId)}>
            {texts.tryAgain}
          </button>
        )}
        {!mayRetry(entry) && photo && more && (
          <button type="button" class="link" onClick={() => chat.sendWithout(entry.clientId)}>
            {texts.sendWithout}
          </button>
        )}
        <button type="button" class="link" onClick={() => chat.cancel(entry.clientId)}>
          {texts.remove}
        </button>
      </p>
    );
  }
  const progress = chat.state.progress.value;
  const shares = entry.photos.map((photo) =>
    photo.attachmentId === null ? (progress[photo.clientId] ?? 0) : 1,
  );
  const done = shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
  const words =
    shares.length > 0 && done < 1
      ? fill(texts.sendingPhoto, { percent: percent(done) })
      : texts.sending;
  return <p class="caption">{words}</p>;
}
