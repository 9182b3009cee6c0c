import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Attachment } from "../../shared/wire.js";
import { Icon } from "./icons.js";
import { keepFocusInside } from "./keep-focus-inside.js";
import { usePanel } from "./panel-context.js";
import { moveBy, rest, zoomTo, type Zoom } from "./zoom.js";

export interface ViewedPhoto {
  attachment: Attachment;
  name: string;
  /** Gets the focus back. */
  opener: HTMLElement | null;
}

/** One photo over the whole page; keys, buttons, wheel, double click and two fingers zoom. */
export function PhotoViewer(props: { photo: ViewedPhoto; close: () => void }): JSX.Element {
  const { photo, close } = props;
  const { speech } = usePanel();
  const { texts } = speech.value;
  const frame = useRef<HTMLDivElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState<Zoom>(rest);
  const pointers = useRef(new Map<number, { x: number; y: number }>());

  useEffect(() => {
    frame.current?.focus();
    return () => photo.opener?.focus();
  }, []);

  const room = (): { width: number; height: number } => ({
    width: stage.current?.clientWidth ?? 1,
    height: stage.current?.clientHeight ?? 1,
  });
  const scale = (factor: number): void => setZoom((now) => zoomTo(now, now.scale * factor, room()));
  const move = (x: number, y: number): void => setZoom((now) => moveBy(now, x, y, room()));

  const acts: Record<string, () => void> = {
    "+": () => scale(1.5),
    "=": () => scale(1.5),
    "-": () => scale(1 / 1.5),
    "0": () => setZoom(rest),
    ArrowLeft: () => move(60, 0),
    ArrowRight: () => move(-60, 0),
    ArrowUp: () => move(0, 60),
    ArrowDown: () => move(0, -60),
    Escape: close,
  };
  const keys = (event: KeyboardEvent): void => {
    keepFocusInside(event, frame.current);
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    scale(event.deltaY < 0 ? 1.15 : 1 / 1.15);
  };
  const down = (event: PointerEvent): void => {
    stage.current?.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
  };
  const drag = (event: PointerEvent): void => {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const after = { x: event.clientX, y: event.clientY };
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
    pointers.current.set(event.pointerId, after);
    if (other) scale(distance(after, other) / Math.max(1, distance(before, other)));
    else move(after.x - before.x, after.y - before.y);
  };
  const up = (event: PointerEvent): void => void pointers.current.delete(event.pointerId);

  const { renditions } = photo.attachment;
  const image = renditions.find((one) => one.name === "full") ?? renditions[0];
  return (
    <div
      ref={frame}
      class="viewer"
      role="dialog"
      aria-modal="true"
      aria-label={photo.name}
      tabIndex={-1}
      onKeyDown={keys}
    >
      <div class="bar">
        <ViewerButton name="smaller" label={texts.zoomOut} act={() => scale(1 / 1.5)} />
        <ViewerButton name="larger" label={texts.zoomIn} act={() => scale(1.5)} />
        <ViewerButton name="close" label={texts.close} act={close} />
      </div>
      <div
        ref={stage}
        class="stage"
        onWheel={wheel}
        onDblClick={() => (zoom.scale > 1 ? setZoom(rest) : scale(2.5))}
        onPointerDown={down}
        onPointerMove={drag}
        onPointerUp={up}
        onPointerCancel={up}
      >
        <img
          src={image?.url}
          alt={photo.name}
          draggable={false}
          style={{ transform: `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})` }}
        />
      </div>
      <p class="hidden">{texts.viewerHint}</p>
      {photo.attachment.altText !== "" && <p dir="auto">{photo.attachment.altText}</p>}
    </div>
  );
}

function ViewerButton(props: {
  name: "smaller" | "larger" | "close";
  label: string;
  act: () => void;
}): JSX.Element {
  return (
    <button type="button" class="icon-button" aria-label={props.label} onClick={props.act}>
      <Icon name={props.name} />
    </button>
  );
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
