/**
 * Tells when a page changes its address without loading: `navigation` events where the browser has
 * them, else `history.pushState` and `replaceState` are wrapped, and put back by the returned stop.
 */
export function watchNavigation(changed: () => void): () => void {
  // The title usually follows the address within the same task.
  const later = (): void => void setTimeout(changed);
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) {
    navigation.addEventListener("currententrychange", later);
    return () => navigation.removeEventListener("currententrychange", later);
  }
  const unwrap = [wrap("pushState", later), wrap("replaceState", later)];
  addEventListener("popstate", later);
  return () => {
    for (const restore of unwrap) restore();
    removeEventListener("popstate", later);
  };
}

function wrap(name: "pushState" | "replaceState", changed: () => void): () => void {
  let listening = true;
  const original = history[name].bind(history);
  const wrapped: typeof original = (...values) => {
    original(...values);
    if (listening) changed();
  };
  history[name] = wrapped;
  return () => {
    // Somebody may have wrapped it after us: then theirs stays, and ours falls silent inside it.
    listening = false;
    if (Object.is(Reflect.get(history, name), wrapped)) history[name] = original;
  };
}
