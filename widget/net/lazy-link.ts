import type { LinkListener, LinkSettings, VisitorLink } from "./visitor-socket.js";

/**
 * A link whose code is fetched when it is first opened: a page that only counts views, or only asks
 * for consent, does without the socket library.
 */
export function makeLazyLink(settings: LinkSettings, listener: LinkListener): VisitorLink {
  let link: VisitorLink | null = null;
  let wanted = false;
  return {
    open() {
      wanted = true;
      if (link) {
        link.open();
        return;
      }
      import("./visitor-socket.js").then(
        ({ makeVisitorLink }) => {
          link ??= makeVisitorLink(settings, listener);
          if (wanted) link.open();
        },
        () => listener.ended({ code: null, retryAfterMs: 0 }),
      );
    },
    close() {
      wanted = false;
      link?.close();
    },
    call: (name, request, timeoutMs) =>
      link ? link.call(name, request, timeoutMs) : Promise.reject(new Error("not connected")),
  };
}
