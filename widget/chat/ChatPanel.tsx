import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AgeQuestion } from "../consent/AgeQuestion.js";
import { ConsentCard } from "../consent/ConsentCard.js";
import { Composer } from "./Composer.js";
import { FetchedMenuPage } from "./fetched-parts.js";
import { Header } from "./Header.js";
import { MessageList } from "./MessageList.js";
import { ObstacleNote } from "./ObstacleNote.js";
import { usePanel } from "./panel-context.js";
import { keepFocus } from "./keep-focus.js";
import { keepFocusInside } from "./keep-focus-inside.js";

/** Below this width the panel takes the whole screen and is modal (panel.css names it too). */
const phone = "(max-width: 479px), (max-height: 420px)";

export function ChatPanel({ corner }: { corner: "left" | "right" }): JSX.Element {
  const { chat, speech, view, close } = usePanel();
  const frame = useRef<HTMLElement>(null);
  const { texts, direction, language } = speech.value;
  const isPhone = matchMedia(phone).matches;

  useEffect(() => {
    if (view.value !== "chat" || isPhone) frame.current?.focus({ preventScroll: true });
  }, [view.value, isPhone]);
  useEffect(() => {
    const { current } = frame;
    // A keyboard on the screen comes only when somebody asks for it.
    const touch = matchMedia("(pointer: coarse)").matches;
    return current
      ? keepFocus(current, () => (touch ? null : current.querySelector("textarea")) ?? current)
      : undefined;
  }, []);
  useEffect(() => (isPhone ? fitAboveKeyboard(frame.current) : undefined), [isPhone]);

  const keys = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.preventDefault();
      if (view.value === "chat") close();
      else view.value = "chat";
    }
    if (isPhone) keepFocusInside(event, frame.current);
  };

  return (
    <section
      ref={frame}
      class={`panel ${corner}`}
      role="dialog"
      aria-modal={isPhone}
      aria-label={chat.state.site.value?.name ?? texts.openChat}
      tabIndex={-1}
      lang={language}
      dir={direction}
      onKeyDown={keys}
    >
      <Header />
      <CurrentView />
    </section>
  );
}

function CurrentView(): JSX.Element {
  const { chat, consent, view } = usePanel();
  if (chat.state.obstacle.value) return <ObstacleNote obstacle={chat.state.obstacle.value} />;
  if (view.value !== "chat") return <FetchedMenuPage view={view.value} />;
  const age = chat.state.site.value?.notice.age;
  if (age && !consent.ofAge.value && !chat.state.timeline.value)
    return (
      <>
        <MessageList />
        <section class="card">
          <AgeQuestion min={age.min} />
        </section>
      </>
    );
  return (
    <>
      <MessageList />
      <ConsentCard />
      <Composer />
    </>
  );
}

/** An on-screen keyboard covers the layout viewport on phones: the panel follows what is visible. */
function fitAboveKeyboard(frame: HTMLElement | null): (() => void) | undefined {
  const { visualViewport } = window;
  if (!frame || !visualViewport) return undefined;
  const fit = (): void => {
    const covered = innerHeight - visualViewport.height > 80;
    frame.style.height = covered ? `${visualViewport.height}px` : "";
    frame.style.top = covered ? `${visualViewport.offsetTop}px` : "";
    frame.style.bottom = covered ? "auto" : "";
  };
  visualViewport.addEventListener("resize", fit);
  visualViewport.addEventListener("scroll", fit);
  return () => {
    visualViewport.removeEventListener("resize", fit);
    visualViewport.removeEventListener("scroll", fit);
  };
}
