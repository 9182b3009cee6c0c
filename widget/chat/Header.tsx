import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { FetchedMenuPage } from "./fetched-parts.js";
import { Icon } from "./icons.js";
import { usePanel, type View } from "./panel-context.js";

export function Header(): JSX.Element {
  const { chat, speech, view, close } = usePanel();
  const { texts } = speech.value;
  const name = chat.state.site.value?.name ?? "";
  return (
    <header class="header">
      {view.value === "chat" ? (
        <span class="mark" aria-hidden="true">
          {Array.from(name)[0] ?? ""}
        </span>
      ) : (
        <button
          type="button"
          class="icon-button"
          aria-label={texts.back}
          onClick={() => (view.value = "chat")}
        >
          <Icon name="back" />
        </button>
      )}
      <div class="who">
        <h2>
          <bdi>{name}</bdi>
        </h2>
        <PresenceLine />
      </div>
      <Menu />
      <button type="button" class="icon-button" aria-label={texts.close} onClick={close}>
        <Icon name="close" />
      </button>
    </header>
  );
}

/** The porch light: on when somebody is home, and always with words beside it. */
function PresenceLine(): JSX.Element {
  const { chat, speech } = usePanel();
  const { texts } = speech.value;
  const { connection, presence, obstacle } = chat.state;
  // Why there is no chat stands beneath; nobody is waited for.
  if (obstacle.value !== null && obstacle.value !== "site_failed") return <></>;
  const open = connection.value === "open" && obstacle.value === null;
  const here = open && presence.value?.operatorsOnline === true;
  const words =
    obstacle.value !== null || connection.value === "waiting"
      ? texts.noConnection
      : !open || !presence.value
        ? texts.connecting
        : here
          ? texts.hereNow
          : texts.notHere;
  return (
    <p class="presence" role="status">
      <span class={here ? "light on" : "light"} />
      <span>{words}</span>
    </p>
  );
}

function Menu(): JSX.Element {
  const { chat, speech, view } = usePanel();
  const { texts } = speech.value;
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!open) return undefined;
    frame.current?.querySelector("button")?.focus();
    const root = frame.current?.getRootNode();
    const away = (event: Event): void => {
      const [target] = event.composedPath();
      const inside = target instanceof Node && frame.current?.contains(target) === true;
      if (!inside && target !== opener.current) setOpen(false);
    };
    root?.addEventListener("pointerdown", away);
    return () => root?.removeEventListener("pointerdown", away);
  }, [open]);

  const keys = (event: KeyboardEvent): void => {
    const items = [...(frame.current?.querySelectorAll("button") ?? [])];
    const at = items.findIndex((item) => item.matches(":focus"));
    if (event.key === "ArrowDown") items[(at + 1) % items.length]?.focus();
    else if (event.key === "ArrowUp") items.at(at - 1)?.focus();
    else if (event.key === "Escape") {
      setOpen(false);
      opener.current?.focus();
    } else return;
    event.preventDefault();
  };
  const go = (to: View): void => {
    setOpen(false);
    view.value = to;
  };
  const item = (to: View, words: string): JSX.Element => (
    <button type="button" role="menuitem" onClick={() => go(to)}>
      {words}
    </button>
  );

  return (
    <>
      <button
        ref={opener}
        type="button"
        class="icon-button"
        aria-label={texts.menu}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => {
          FetchedMenuPage.fetch();
          setOpen(!open);
        }}
      >
        <Icon name="menu" />
      </button>
      {open && (
        <div ref={frame} class="menu" role="menu" aria-label={texts.menu} onKeyDown={keys}>
          {item("details", texts.yourDetails)}
          {item("privacy", texts.privacy)}
          {chat.state.site.value?.news === true && item("news", texts.news)}
          {item("language", texts.language)}
          {item("forget", texts.forget)}
        </div>
      )}
    </>
  );
}
