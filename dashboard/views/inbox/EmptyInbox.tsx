import type { InboxLists, InboxState } from "../../state/inbox-lists.js";
import { tellMoment } from "../../state/tell-numbers.js";
import { CopyButton } from "../parts/CopyButton.js";
import { useApp } from "../use-app.js";

/** Why the list is empty, and what to do next. */
export function EmptyInbox({
  state,
  search,
  lists,
}: {
  state: InboxState;
  search: string;
  lists: InboxLists;
}) {
  const { preferences } = useApp();
  if (search.trim() !== "")
    return (
      <div class="empty">
        <p>
          {lists[state].more
            ? `Nothing in the ${lists[state].rows.length} newest matches “${search}”. Older ones are read below.`
            : `Nothing here matches “${search}”.`}
        </p>
        <button type="button" class="button" onClick={() => preferences.setSearch("")}>
          Show all
        </button>
      </div>
    );
  if (state === "closed")
    return (
      <div class="empty">
        <p>
          No closed conversations. A conversation that you close goes here; a new message opens it
          again.
        </p>
      </div>
    );
  if (lists.closed.rows.length > 0)
    return (
      <div class="empty">
        <p>Everybody is answered.</p>
      </div>
    );
  return <NoMessageYet />;
}

/** Before the first message: the tag to paste, or, where it was seen, what is left to wait for. */
function NoMessageYet() {
  const { sites, page } = useApp();
  const site = sites.current.value;
  if (site === null) return null;
  return (
    <div class="empty">
      <h2>No message yet</h2>
      {site.tagSeen === null ? (
        <p>
          Paste this tag before &lt;/body&gt; on your site. Then open a page of it and write to
          yourself.
        </p>
      ) : (
        <p>
          The tag was seen on <span class="break">{site.tagSeen.url}</span>,{" "}
          {tellMoment(site.tagSeen.at, page.now.value)}. Open that page and write to yourself.
        </p>
      )}
      <pre class="code">{site.scriptTag}</pre>
      <CopyButton text={site.scriptTag} label="Copy the tag" />
    </div>
  );
}
