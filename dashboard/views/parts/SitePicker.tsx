import { countInbox } from "../../state/inbox-lists.js";
import { tellAtLeast } from "../../state/tell-numbers.js";
import { useApp } from "../use-app.js";

/** Which site is looked at; nothing where there is only one. */
export function SitePicker() {
  const { sites, desk } = useApp();
  const unreadOf = (siteId: string): string => {
    const lists = desk.value?.inbox.sites.value.get(siteId);
    const { unread, atLeast } = countInbox(lists === undefined ? [] : [lists]);
    return unread === 0 ? "" : ` (${tellAtLeast(unread, atLeast)} unread)`;
  };
  const all = sites.all.value ?? [];
  if (all.length < 2) return null;
  return (
    <select
      class="site-picker"
      aria-label="Site"
      value={sites.current.value?.id}
      onChange={(event) => sites.choose(event.currentTarget.value)}
    >
      {all.map((site) => (
        <option key={site.id} value={site.id}>
          {site.name}
          {unreadOf(site.id)}
        </option>
      ))}
    </select>
  );
}
