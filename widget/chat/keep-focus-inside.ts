const focusable =
  'button:not(:disabled),a[href],input:not([type="file"]),select,textarea,[tabindex="0"]';

/** Tab goes round inside a modal frame. */
export function keepFocusInside(event: KeyboardEvent, frame: HTMLElement | null): void {
  if (event.key !== "Tab" || !frame) return;
  const stops = [...frame.querySelectorAll<HTMLElement>(focusable)].filter(
    (stop) => stop.getClientRects().length > 0,
  );
  const first = stops[0];
  const last = stops.at(-1);
  const root = frame.getRootNode();
  const current = root instanceof ShadowRoot ? root.activeElement : document.activeElement;
  if (event.shiftKey ? current === first || current === frame : current === last) {
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }
}
