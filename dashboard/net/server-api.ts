import * as z from "zod/mini";
import { paths } from "../../shared/paths.js";
import type { AccountsApi } from "../state/accounts.js";
import type { DescribePhoto } from "../state/composer.js";
import type { MailingApi } from "../state/mailing.js";
import type { SessionApi } from "../state/session.js";
import type { SitesApi } from "../state/sites.js";
import type { CallServer } from "./call-server.js";
import {
  accountSchema,
  campaignSchema,
  invitationSchema,
  linkOwnerSchema,
  nothingSchema,
  operatorSchema,
  attachmentSchema,
  outboxMailSchema,
  siteSchema,
} from "./wire-schemas.js";

interface PhotoApi {
  describePhoto: DescribePhoto;
}

/** The HTTP half of the conversation with the server, one line a route. */
export function createServerApi(
  call: CallServer,
): SessionApi & SitesApi & MailingApi & AccountsApi & PhotoApi {
  return {
    describePhoto: (id, altText) =>
      call(
        { method: "POST", path: paths.attachmentDescription(id), body: { altText } },
        attachmentSchema,
      ),

    me: () => call({ method: "GET", path: paths.me }, operatorSchema),
    signIn: (body) => call({ method: "POST", path: paths.signIn, body }, operatorSchema),
    signOut: () => call({ method: "POST", path: paths.signOut, body: {} }, nothingSchema),
    checkLink: (token) =>
      call({ method: "POST", path: paths.setupCheck, body: { token } }, linkOwnerSchema),
    setUp: (body) => call({ method: "POST", path: paths.setup, body }, operatorSchema),
    acceptConfidentiality: () =>
      call(
        { method: "POST", path: paths.confidentiality, body: { accepted: true } },
        operatorSchema,
      ),

    listAccounts: () => call({ method: "GET", path: paths.operators }, z.array(accountSchema)),
    invite: (body) => call({ method: "POST", path: paths.operators, body }, invitationSchema),
    renewLink: (id) =>
      call({ method: "POST", path: paths.operatorLink(id), body: {} }, invitationSchema),
    changeRole: (id, role) =>
      call({ method: "PATCH", path: paths.operatorAccount(id), body: { role } }, accountSchema),
    removeAccount: (id) =>
      call({ method: "DELETE", path: paths.operatorAccount(id) }, nothingSchema),

    listSites: () => call({ method: "GET", path: paths.sites }, z.array(siteSchema)),
    createSite: (name) => call({ method: "POST", path: paths.sites, body: { name } }, siteSchema),
    changeSite: (siteId, body) =>
      call({ method: "PATCH", path: paths.site(siteId), body }, siteSchema),

    listCampaigns: (siteId) =>
      call({ method: "GET", path: paths.campaigns(siteId) }, z.array(campaignSchema)),
    sendCampaign: (siteId, body) =>
      call({ method: "POST", path: paths.campaigns(siteId), body }, campaignSchema),
    sendTest: (siteId, body) =>
      call(
        { method: "POST", path: paths.campaignTest(siteId), body },
        z.object({ sent: z.boolean() }),
      ),
    listOutbox: (siteId) =>
      call({ method: "GET", path: paths.outbox(siteId) }, z.array(outboxMailSchema)),
  };
}
