/** What happens to the page: hidden, back again, about to be left. */
export function watchPage(listener: {
  hidden: (hidden: boolean) => void;
  /** Visible again, on line again, or restored from the back-forward cache. */
  back: () => void;
  /** The browser says that there is no network: links that still seem to stand are dead. */
  offline: () => void;
  /** Something is unsent that only this page's memory holds. */
  unsent: () => boolean;
}): () => void {
  const visibility = (): void => {
    listener.hidden(document.hidden);
    if (!document.hidden) listener.back();
  };
  const restored = (event: PageTransitionEvent): void => {
    if (event.persisted) listener.back();
  };
  const leaving = (event: BeforeUnloadEvent): void => {
    if (listener.unsent()) event.preventDefault();
  };
  // A tab may open in the background, and stay there.
  listener.hidden(document.hidden);
  document.addEventListener("visibilitychange", visibility);
  addEventListener("online", listener.back);
  addEventListener("offline", listener.offline);
  addEventListener("pageshow", restored);
  addEventListener("beforeunload", leaving);
  return () => {
    document.removeEventListener("visibilitychange", visibility);
    removeEventListener("online", listener.back);
    removeEventListener("offline", listener.offline);
    removeEventListener("pageshow", restored);
    removeEventListener("beforeunload", leaving);
  };
}
