import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConsentState } from "../../shared/consent.js";
import { makeId, makeToken } from "../../shared/ids.js";
import { defaultRules, type SiteRules } from "../../shared/site-rules.js";
import type { PageView } from "../../shared/wire.js";
import { openJournal, type Journal } from "../../server/infra/journal.js";
import type { Keys } from "../../server/infra/keys.js";
import { createLog } from "../../server/infra/log.js";
import { connectMongo, createIndexes, type Mongo } from "../../server/infra/mongo.js";
import { openPrivacy } from "../../server/open-privacy.js";
import type { Publish } from "../../server/realtime/publish.js";
import type { Site } from "../../server/sites/site.js";
import { eraseVisitor } from "../../server/visitors/erase-visitor.js";
import { openFrozenVisitors, type FrozenVisitors } from "../../server/visitors/frozen-visitors.js";
import { createVisitorStore, type VisitorStore } from "../../server/visitors/visitor-store.js";
import { movedClock, type MovedClock } from "./start-app.js";

/** What was told to open screens, in order. */
export interface Told {
  consents: { visitorId: string; consent: ConsentState }[];
  views: { visitorId: string; view: PageView }[];
  revoked: string[];
  erased: string[];
}

/** Consent, tracking and privacy over a real store, without HTTP and sockets. */
export interface Parts extends ReturnType<typeof openPrivacy> {
  clock: MovedClock;
  keys: Keys;
  db: Mongo["connection"];
  site: Site;
  told: Told;
  journal: Journal;
  /** What other features were asked to do, in order. */
  asked: { verb: string; of: string }[];
  admins: { count: number };
  visitors: VisitorStore;
  frozen: FrozenVisitors;
  /** Changes the site's rules as the dashboard would: the next decision reads them. */
  setRules(change: (rules: SiteRules) => void): void;
  close(): Promise<void>;
}

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);
export const newId = (): string => makeId(random);
export const newToken = (): string => makeToken(random);

export async function openParts(): Promise<Parts> {
  const dataDir = await mkdtemp(join(tmpdir(), "porchlight-parts-"));
  const base = process.env["TEST_MONGO_URL"] ?? "";
  const mongoUrl =
    base === "" ? null : `${base.replace(/\/$/, "")}/t${randomBytes(6).toString("hex")}`;
  const log = createLog({ logLevel: "silent" });
  const mongo = await connectMongo({ mongoUrl, dataDir }, log);
  const clock = movedClock();
  const key = (id: string) => ({ id, bytes: randomBytes(32) });
  const keys: Keys = {
    address: key("a1"),
    links: key("l1"),
    evidence: key("e1"),
    wrapping: key("w1"),
  };
  const site: Site = {
    id: newId(),
    key: randomBytes(9).toString("base64url"),
    name: "Test site",
    origins: ["https://shop.example"],
    color: "#2457d6",
    corner: "right",
    language: "en",
    greeting: "",
    timeZone: "UTC",
    controller: { name: "Shop Ltd", postalAddress: "1 High Street", email: "us@shop.example" },
    news: true,
    rules: structuredClone(defaultRules),
    rulesVersion: 1,
    tagSeen: null,
    refusedOrigins: [],
    createdAt: clock.now(),
  };
  const told: Told = { consents: [], views: [], revoked: [], erased: [] };
  const publish: Publish = {
    messageSent: () => undefined,
    conversationChanged: () => undefined,
    visitorChanged: () => undefined,
    presenceChanged: () => undefined,
    consentChanged: (_site, visitorId, consent) => told.consents.push({ visitorId, consent }),
    pageViewed: (_site, visitorId, view) => told.views.push({ visitorId, view }),
    tokenRevoked: (_site, visitorId) => told.revoked.push(visitorId),
    conversationErased: (_site, _visitorId, conversationId) => told.erased.push(conversationId),
    operatorSessionEnded: () => undefined,
  };
  const visitors = createVisitorStore(mongo);
  const frozen = openFrozenVisitors({ clock, visitors });
  const journal = await openJournal(join(dataDir, "journal"));
  const asked: Parts["asked"] = [];
  const admins = { count: 1 };
  const note = <T>(verb: string, of: string, result?: T): Promise<T> => {
    asked.push({ verb, of });
    return Promise.resolve(result as T);
  };
  const privacy = openPrivacy({
    db: mongo.connection,
    clock,
    keys,
    log,
    publicUrl: new URL("https://chat.example"),
    publish,
    visitors,
    frozen,
    journal,
    findSite: (id) => Promise.resolve(id === site.id ? site : null),
    neighbours: {
      reach: {
        conversations: (_site, visitorId) => note("conversations", visitorId, 1),
        photos: (_site, visitorId) => note("photos", visitorId),
        photoDetails: (_site, visitorId) => note("photoDetails", visitorId),
        visitor: (of, visitorId) => eraseVisitor({ visitors, clock, publish }, of, visitorId),
        subscriber: (_site, addressH) => note("subscriber", addressH),
      },
      data: {
        conversations: () => Promise.resolve([]),
        photoDetails: () => Promise.resolve([]),
        files: () => Promise.resolve([]),
        mail: () => Promise.resolve(null),
      },
      retention: {
        conversation: () => note("retention", "conversation"),
        photoDetails: () => note("retention", "photoDetails"),
        originalHours: () => note("retention", "originalHours"),
      },
      countAdmins: () => Promise.resolve(admins.count),
      findAccountDate: () => Promise.resolve(0),
      // eslint-disable-next-line @typescript-eslint/require-await -- a stream of lines that has one
      async *exportSite() {
        yield "{}\n";
      },
      countConversations: () => Promise.resolve(0),
      countOriginals: () => Promise.resolve(0),
      findOwner: () => Promise.resolve(null),
      mailParent: (_site, _address, token) => note("mailParent", token),
      mailLink: (_site, address) => note("mailLink", address),
      announceRecipient: (_site, { name }) => note("announceRecipient", name),
      announceTransfer: (_site, to) => note("announceTransfer", to),
      announcePolicy: (_site, policy) => note("announcePolicy", String(policy.version)),
      remind: (request, act) => note("remind", `${request.id} ${act}`),
    },
    findSiteByKey: (siteKey) => Promise.resolve(siteKey === site.key ? site : null),
  });
  await createIndexes(mongo.connection);
  return {
    ...privacy,
    clock,
    keys,
    db: mongo.connection,
    site,
    told,
    journal,
    asked,
    admins,
    visitors,
    frozen,
    setRules: (change) => change(site.rules),
    async close() {
      await privacy.stop();
      await journal.close();
      await mongo.connection.dropDatabase();
      await mongo.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
