/** Where the dashboard is, as the part of the address after `#`. */
export const settingsSections = ["site", "appearance", "tag", "rules", "operators"] as const;
export type SettingsSection = (typeof settingsSections)[number];

export const privacySections = [
  "requests",
  "consents",
  "policies",
  "recipients",
  "disclosures",
  "audit",
] as const;
export type PrivacySection = (typeof privacySections)[number];

export type Route =
  | { view: "setup"; token: string }
  | { view: "inbox"; conversationId: string | null }
  | { view: "mailing" }
  | { view: "visits" }
  | { view: "privacy"; section: PrivacySection | null }
  | { view: "settings"; section: SettingsSection | null };

const id = /^[A-Za-z0-9_-]{1,64}$/;

/** Reads the hash. What is not understood is the inbox: an old bookmark must not end in nothing. */
export function parseRoute(hash: string): Route {
  const [view = "", rest = "", ...more] = hash.replace(/^#?\/?/, "").split("/");
  if (more.length > 0) return { view: "inbox", conversationId: null };
  if (view === "setup" && rest !== "") return { view, token: decodeToken(rest) };
  if (view === "mailing" || view === "visits") return { view };
  if (view === "privacy")
    return { view, section: privacySections.find((one) => one === rest) ?? null };
  if (view === "settings") {
    const section = settingsSections.find((one) => one === rest) ?? null;
    return { view, section };
  }
  return { view: "inbox", conversationId: view === "inbox" && id.test(rest) ? rest : null };
}

function decodeToken(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The hash of a route; `setup` has none, because its token must not stand in the address. */
export function printRoute(route: Route): string {
  switch (route.view) {
    case "setup":
      return "#/";
    case "inbox":
      return route.conversationId === null ? "#/inbox" : `#/inbox/${route.conversationId}`;
    case "mailing":
    case "visits":
      return `#/${route.view}`;
    case "privacy":
    case "settings":
      return route.section === null ? `#/${route.view}` : `#/${route.view}/${route.section}`;
  }
}
