/**
 * Opens a tab in the click itself, since browsers allow none later, and sends it to the address once that
 * has come. A host page's CSP may forbid forms, not where a window of its own goes. The tab cannot reach
 * back. Gives the address where the browser allowed no tab: then it takes another click.
 */
export async function openPrivacyPage(asking: Promise<string>): Promise<string | null> {
  const tab = window.open("about:blank", "_blank");
  if (tab) tab.opener = null;
  try {
    const address = await asking;
    if (!tab) return address;
    tab.location.replace(address);
    return null;
  } catch (error) {
    tab?.close();
    throw error;
  }
}
