/**
 * Where the focused control goes away (an answered question, a cancelled photo), the browser drops the
 * focus to the page: it is given to `next()` instead. A focus that somebody moved is left alone.
 */
export function keepFocus(frame: HTMLElement, next: () => HTMLElement | null): () => void {
  let last: Element | null = null;
  const came = (event: FocusEvent): void => {
    last = event.target instanceof Element ? event.target : null;
  };
  const left = (): void => {
    const before = last;
    // Removed, it is out of the frame by then; only moved, it still stands there.
    queueMicrotask(() => {
      if (last === before && before && frame.contains(before)) last = null;
    });
  };
  const observer = new MutationObserver(() => {
    if (!last || frame.contains(last)) return;
    last = null;
    // With a closed root, the page sees its host as the focused element.
    if (document.activeElement === null || document.activeElement === document.body)
      next()?.focus({ preventScroll: true });
  });
  frame.addEventListener("focusin", came);
  frame.addEventListener("focusout", left);
  observer.observe(frame, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    frame.removeEventListener("focusin", came);
    frame.removeEventListener("focusout", left);
  };
}
