/** What a page view tells: never a query string, of the referrer only its host. Pure. */
export interface ViewFacts {
  path: string;
  referrerHost: string;
  campaign: Record<string, string>;
}

const campaignNames = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

export function describeView(address: string, referrer: string): ViewFacts {
  const url = new URL(address);
  const campaign: Record<string, string> = {};
  for (const name of campaignNames) {
    const value = url.searchParams.get(name);
    if (value) campaign[name] = value.slice(0, 100);
  }
  return { path: url.pathname.slice(0, 500), referrerHost: hostOf(referrer, url.host), campaign };
}

/** Empty for the site itself: only where somebody came from is of interest. */
function hostOf(referrer: string, own: string): string {
  try {
    const { host } = new URL(referrer);
    return host === own ? "" : host;
  } catch {
    return "";
  }
}
