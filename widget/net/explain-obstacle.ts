import type { Obstacle } from "../state/chat-state.js";

/** Said in the console of the page that is refused, where its owner looks. */
export function explain(obstacle: Obstacle, dashboard: string): void {
  // In a sandboxed frame the address says less than what is sent.
  const { origin } = self;
  const sentences: Partial<Record<Obstacle, string>> = {
    file_page: "this page is opened as a file. Put it on a web server, on your machine too.",
    origin_refused:
      origin === "null"
        ? 'this page has no origin of its own, which no list can hold. Give its frame sandbox="allow-same-origin".'
        : `the origin ${origin} is not on this site's list. Allow it in the dashboard: ${dashboard}`,
    unknown_site: "there is no site with this key. Copy the script tag from the dashboard again.",
  };
  // eslint-disable-next-line no-console -- the only place where the page's owner can learn it
  console.error(`Porchlight: ${sentences[obstacle] ?? obstacle}`);
}
