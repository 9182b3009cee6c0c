/** Every HTTP path, named once. `:name` parts are filled by the caller with encodeURIComponent. */
export const paths = {
  loader: (siteKey: string) => `/w/${siteKey}.js`,
  pixel: "/p.gif",
  health: "/healthz",
  ready: "/readyz",

  // visitor's side: CORS for the site's origins, `Authorization: Bearer TOKEN` where a visitor speaks
  panel: (siteKey: string) => `/api/sites/${siteKey}/panel`,
  consent: (siteKey: string) => `/api/sites/${siteKey}/consent`,
  forget: (siteKey: string) => `/api/sites/${siteKey}/forget`,
  subscribe: (siteKey: string) => `/api/sites/${siteKey}/subscribe`,
  /** POST the photo's bytes; query: conversationId, clientId, altText. */
  attachments: (siteKey: string) => `/api/sites/${siteKey}/attachments`,
  tagSeen: (siteKey: string) => `/api/sites/${siteKey}/seen`,

  /** POST by `sendBeacon`: how long a page was looked at. */
  dwell: (siteKey: string) => `/api/sites/${siteKey}/dwell`,
  /** POST: a single-use ticket that opens the privacy page within 60 s. */
  privacyTicket: (siteKey: string) => `/api/sites/${siteKey}/privacy-ticket`,
  /** POST: counts of button presses and errors of the widget itself. */
  telemetry: (siteKey: string) => `/api/sites/${siteKey}/telemetry`,

  // public pages
  policy: (siteKey: string) => `/privacy/policy/${siteKey}`,
  unsubscribe: (token: string) => `/u/${token}`,
  confirm: (token: string) => `/confirm/${token}`,
  privacy: "/privacy/me",
  /** Where the panel's button leads, with a ticket behind `#`: its script spends the ticket there. */
  privacyFromChat: "/privacy/me/from-chat",

  // operator's side: PUBLIC_URL's origin only, session cookie
  dashboard: "/dashboard/",
  setup: "/api/operator/setup",
  /** POST: whose link this is; spends nothing. */
  setupCheck: "/api/operator/setup/check",
  signIn: "/api/operator/sign-in",
  signOut: "/api/operator/sign-out",
  me: "/api/operator/me",
  confidentiality: "/api/operator/confidentiality",
  /** For admins: GET the accounts, POST an invitation. */
  operators: "/api/operator/operators",
  /** PATCH the role, DELETE the account. */
  operatorAccount: (operatorId: string) => `/api/operator/operators/${operatorId}`,
  /** POST: a new link for somebody who lost theirs, or the password. */
  operatorLink: (operatorId: string) => `/api/operator/operators/${operatorId}/link`,
  sites: "/api/operator/sites",
  site: (siteId: string) => `/api/operator/sites/${siteId}`,
  operatorAttachments: (siteId: string) => `/api/operator/sites/${siteId}/attachments`,
  /** GET: the report of photos as a table; `?operator=ID` for admins. */
  photoReport: (siteId: string, kind: "csv" | "xlsx") =>
    `/api/operator/sites/${siteId}/photos.${kind}`,
  photoCounts: (siteId: string) => `/api/operator/sites/${siteId}/photo-counts`,
  /** GET: the kept original while there is one; POST …/hold keeps it beyond its period. */
  attachmentDescription: (attachmentId: string) =>
    `/api/operator/attachments/${attachmentId}/description`,
  original: (attachmentId: string) => `/api/operator/attachments/${attachmentId}/original`,
  originalHold: (attachmentId: string) => `/api/operator/attachments/${attachmentId}/hold`,
  campaigns: (siteId: string) => `/api/operator/sites/${siteId}/campaigns`,
  campaignTest: (siteId: string) => `/api/operator/sites/${siteId}/campaigns/test`,
  /** Dashboard views of privacy: consents, chains, requests, policies … (`shared/privacy.ts` names their shapes). */
  privacyView: (siteId: string, view: string) => `/api/operator/sites/${siteId}/privacy/${view}`,
  outbox: (siteId: string) => `/api/operator/sites/${siteId}/outbox`,
} as const;
