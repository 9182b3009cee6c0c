import type { Message } from "../../../shared/wire.js";
import { isEmojiAlone } from "../../../shared/emoji.js";
import type { MessageGroup } from "../../state/message-groups.js";
import { splitText } from "../../state/split-text.js";
import { tellTime } from "../../state/tell-numbers.js";
import { useApp } from "../use-app.js";
import { PhotoBubble, tellPhoto } from "./PhotoBubble.js";

/** Messages of one author within two minutes; one line beneath says who, when and how far it got. */
export function MessageGroupView({
  group,
  readByVisitor,
  newestOwn,
  view,
}: {
  group: MessageGroup;
  readByVisitor: number;
  newestOwn: number;
  view: (attachmentId: string) => void;
}) {
  const { session } = useApp();
  const own = group.author.kind === "operator";
  const last = group.messages.at(-1);
  if (last === undefined) return null;
  const who =
    group.author.kind === "visitor"
      ? ""
      : group.author.id === session.operator.value?.id
        ? "You, "
        : `${group.author.name}, `;
  const state = last.seq === newestOwn ? (readByVisitor >= last.seq ? " Read" : " Sent") : "";
  return (
    <div class={own ? "group is-own" : "group"}>
      <span class="sr-only">{own ? `${who}wrote: ` : "The visitor wrote: "}</span>
      {group.messages.map((message) => (
        <MessageBody key={message.seq} message={message} view={view} />
      ))}
      <p class="group-foot" dir="auto">
        <bdi>{who}</bdi>
        <time dateTime={new Date(last.sentAt).toISOString()}>{tellTime(last.sentAt)}</time>
        {state !== "" && `.${state}`}
        {group.messages.flatMap((message) =>
          message.attachments.map((attachment) => (
            <span key={attachment.id}>. {tellPhoto(attachment)}</span>
          )),
        )}
      </p>
    </div>
  );
}

function MessageBody({
  message,
  view,
}: {
  message: Message;
  view: (attachmentId: string) => void;
}) {
  return (
    <>
      {message.text !== "" && <Bubble text={message.text} />}
      {message.attachments.map((attachment) => (
        <PhotoBubble
          key={attachment.id}
          attachment={attachment}
          conversationId={message.conversationId}
          seq={message.seq}
          view={view}
        />
      ))}
    </>
  );
}

/** Text as it was written: links open elsewhere, nothing else is markup. */
export function Bubble({ text }: { text: string }) {
  return (
    <p class={isEmojiAlone(text) ? "bubble is-emoji" : "bubble"} dir="auto">
      {splitText(text).map((piece, index) =>
        piece.kind === "link" ? (
          <a key={index} href={piece.url} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </p>
  );
}
