import * as z from "zod/mini";
import { paths } from "../../shared/paths.js";
import type { PrivacyApi } from "../state/privacy-api.js";
import type { CallServer, FetchFile, ServerCall } from "./call-server.js";
import {
  auditSchema,
  chainSchema,
  consentSchema,
  disclosureSchema,
  originalSchema,
  pageOf,
  photoCountsSchema,
  policySchema,
  recipientSchema,
  requestSchema,
  retentionPreviewSchema,
  telemetrySchema,
  transferSchema,
  visitReportSchema,
} from "./privacy-schemas.js";
import { nothingSchema } from "./wire-schemas.js";

/** The privacy views' routes, one line each. */
export function createPrivacyApi(call: CallServer, fetchFile: FetchFile): PrivacyApi {
  const get = (siteId: string, view: string): ServerCall => ({
    method: "GET",
    path: paths.privacyView(siteId, view),
  });
  const post = (siteId: string, view: string, body: unknown = {}): ServerCall => ({
    method: "POST",
    path: paths.privacyView(siteId, view),
    body,
  });
  const remove = (siteId: string, view: string): ServerCall => ({
    method: "DELETE",
    path: paths.privacyView(siteId, view),
  });
  const since = (view: string, before: number | null): string =>
    before === null ? view : `${view}?before=${before}`;
  const on = (view: string, id: string): string => `${view}/${encodeURIComponent(id)}`;

  return {
    listConsents: (site, before) =>
      call(get(site, since("consents", before)), pageOf(consentSchema)),
    verifyChains: (site) => call(get(site, "chains"), z.array(chainSchema)),
    listAudit: (site, before) => call(get(site, since("audit", before)), pageOf(auditSchema)),
    listAccountActs: (site, before) =>
      call(get(site, since("accounts", before)), pageOf(auditSchema)),
    listRequests: (site) => call(get(site, "requests"), z.array(requestSchema)),
    openRequest: (site, request) => call(post(site, "requests", request), requestSchema),
    stepRequest: (site, id, step) => call(post(site, on("requests", id), step), requestSchema),
    exportPerson: (site, asked) => fetchFile(post(site, "people/export", asked)),
    erasePerson: (site, asked) => call(post(site, "people/erase", asked), requestSchema),
    reportChild: (site, child) =>
      call(post(site, "children", child), z.object({ outcome: z.enum(["erased", "asked"]) })),
    listPolicies: (site) => call(get(site, "policies"), z.array(policySchema)),
    publishPolicy: (site, policy) => call(post(site, "policies", policy), z.array(policySchema)),
    previewRetention: (site, retention) =>
      call(post(site, "retention-preview", { retention }), retentionPreviewSchema),
    listDisclosures: (site) => call(get(site, "disclosures"), z.array(disclosureSchema)),
    requestDisclosure: (site, draft) => call(post(site, "disclosures", draft), disclosureSchema),
    approveDisclosure: (site, id) =>
      call(post(site, `${on("disclosures", id)}/approve`), disclosureSchema),
    exportDisclosure: (site, id) =>
      call(
        post(site, `${on("disclosures", id)}/export`),
        z.pipe(
          z.unknown(),
          z.transform((data) => JSON.stringify(data, null, 2)),
        ),
      ),
    listRecipients: (site) => call(get(site, "recipients"), z.array(recipientSchema)),
    addRecipient: (site, draft) => call(post(site, "recipients", draft), recipientSchema),
    activateRecipient: (site, id) =>
      call(post(site, `${on("recipients", id)}/activate`), recipientSchema),
    removeRecipient: (site, id) => call(remove(site, on("recipients", id)), nothingSchema),
    readTransfer: (site) => call(get(site, "transfer"), transferSchema),
    announceTransfer: (site, to) => call(post(site, "transfer", { to }), transferSchema),
    cancelTransfer: (site) => call(remove(site, "transfer"), nothingSchema),
    reportVisits: (site) => call(get(site, "visits"), visitReportSchema),
    reportTelemetry: (site) => call(get(site, "telemetry"), telemetrySchema),
    readOriginal: (id) => call({ method: "GET", path: paths.original(id) }, originalSchema),
    holdOriginal: (id, hold) =>
      call({ method: "POST", path: paths.originalHold(id), body: { hold } }, nothingSchema),
    countPhotos: (site) =>
      call({ method: "GET", path: paths.photoCounts(site) }, photoCountsSchema),
  };
}
