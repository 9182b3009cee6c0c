import type { Config } from "./config.js";
import { openPhotos } from "./attachments/open-photos.js";
import { encryptAddress } from "./consent/encrypt-address.js";
import { startDemoShop } from "./demo-shop/start-demo-shop.js";
import { registerCorsRoutes } from "./http/cors-routes.js";
import { createGuards } from "./http/guards.js";
import { registerHealthRoutes } from "./http/health-routes.js";
import { registerPageRoutes } from "./http/page-routes.js";
import { registerPageStyle } from "./http/public-page.js";
import { createHttpServer } from "./http/server.js";
import { systemClock, type Clock } from "./infra/clock.js";
import { openJournal } from "./infra/journal.js";
import { createKeyCheckStore } from "./infra/key-check-store.js";
import { loadKeys } from "./infra/keys.js";
import { createLog, type Log } from "./infra/log.js";
import { connectMongo, createIndexes } from "./infra/mongo.js";
import { connectRedis } from "./infra/redis.js";
import { startJob } from "./infra/run-job.js";
import { createRateLimits, rateDefaults } from "./infra/rate-limits.js";
import type { EraseDeps } from "./conversations/erase-conversations.js";
import { expireConversations } from "./conversations/expire-conversations.js";
import { createConversationStore } from "./conversations/conversation-store.js";
import { createRowDebtStore } from "./conversations/row-debt-store.js";
import { createStartConversation } from "./conversations/start-conversation.js";
import { createMessageStore } from "./messages/message-store.js";
import { createRealtime } from "./realtime/realtime.js";
import { findVisitorByToken } from "./visitors/find-visitor.js";
import { openFrozenVisitors } from "./visitors/frozen-visitors.js";
import { createVisitorStore } from "./visitors/visitor-store.js";
import { openMail } from "./open-mail.js";
import { openOperators } from "./open-operators.js";
import { openPrivacy } from "./open-privacy.js";
import { privacyNeighbours } from "./privacy-neighbours.js";
import { ensureDemoSite } from "./sites/ensure-demo-site.js";
import { findSiteByKey, getSite, getSiteByKey } from "./sites/find-site.js";
import { registerLoaderRoutes } from "./sites/loader-routes.js";
import { openRefusedOrigins } from "./sites/note-refused-origin.js";
import { registerPageStyleRoutes } from "./sites/page-style-routes.js";
import { registerSiteRoutes } from "./sites/site-routes.js";
import { createSiteStore } from "./sites/site-store.js";

export interface App {
  /** Listens; `url` is PUBLIC_URL's origin. */
  start(): Promise<{ url: string; demoUrl: string | null }>;
  /** Stops accepting, finishes what runs, closes sockets and the store. Safe to call twice. */
  stop(): Promise<void>;
  /** A new set-up link while there is no admin; null afterwards. For the terminal, never the log. */
  setupLink(): Promise<string | null>;
  /** The demo site's public key. */
  demoKey: string;
  /** Where the store can be reached from this machine, for looking inside. */
  storeUrl: string;
}

/**
 * Connections that may wait to be taken; the system allows fewer where it is set so (somaxconn). With
 * Node's own 511, most of thousands who come at once would try again after 1 s, 3 s, 7 s.
 */
const MOST_KNOCKING = 16_384;

interface AppOptions {
  clock?: Clock;
  log?: Log;
}

/**
 * Wires the server: stores, then verbs' dependencies, then edges, one block a feature. Nothing
 * listens until `start`. What was opened is closed again when a later step fails.
 */
export async function createApp(config: Config, options: AppOptions = {}): Promise<App> {
  const closers: (() => Promise<void>)[] = [];
  try {
    return await wire(config, options, closers);
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function wire(
  config: Config,
  options: AppOptions,
  closers: (() => Promise<void>)[],
): Promise<App> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLog(config);

  // The outside
  const mongo = await connectMongo(config, log);
  closers.push(() => mongo.close());
  const db = mongo.connection;
  const keys = await loadKeys(config.keysFile, createKeyCheckStore(db), log);
  const journal = await openJournal(config.journalDir);
  closers.push(() => journal.close());
  const redis = config.redisUrl === null ? null : await connectRedis(config.redisUrl, log);
  if (redis !== null) closers.push(() => redis.close());
  const rateLimits = createRateLimits(config.rates, keys.address, redis?.limits ?? null);
  // Photos: opened before the HTTP server, so that what is still uploaded is rendered before the workers go.
  const { publicUrl, photos: photoSettings } = config;
  const { uploadBytes } = config.limits;
  const photos = openPhotos({
    ...{ db, clock, keys, log, publicUrl, uploadBytes },
    photos: photoSettings,
  });
  closers.push(() => photos.stop());
  // Closed after the HTTP server: what it still counted is written before the store goes.
  let stopPrivacy = () => Promise.resolve();
  closers.push(() => stopPrivacy());
  const server = await createHttpServer(config, log);
  closers.push(async () => {
    // Uploads over slow lines are cut in the end: the whole stop has ten seconds.
    const cut = setTimeout(() => server.server.closeAllConnections(), 3000);
    await server.close();
    clearTimeout(cut);
  });
  let stopping = false;

  // Sites
  const sites = createSiteStore(db);
  const demoOrigins = config.demoPort === null ? [] : [`http://127.0.0.1:${config.demoPort}`];
  const demoSite = await ensureDemoSite({ sites, clock }, demoOrigins);

  // Operators
  const operators = openOperators({
    ...{ db, clock, publicUrl },
    appendAudit: (entry) => privacy.appendAudit(entry),
    sessionEnded: (sessionId) => realtime.publish.operatorSessionEnded(sessionId),
  });

  // Edges that all features share
  const noteRefusedOrigin = openRefusedOrigins({ sites, clock });
  const guards = createGuards({
    publicUrl: config.publicUrl,
    getSiteByKey: (key) => getSiteByKey({ sites }, key),
    noteRefusedOrigin,
    findSession: (token) => operators.findSession(token),
  });
  registerCorsRoutes(server, { guards });
  registerHealthRoutes(server, {
    pingStore: async () => {
      await db.db?.command({ ping: 1 });
    },
    isStopping: () => stopping,
  });

  // Features: stores and deps above their routes; each hooks itself in below this line.

  // Chat
  const visitors = createVisitorStore(mongo);
  const conversations = createConversationStore(mongo, (error) => {
    log.warn({ err: error }, "rows of the inbox are late");
  });
  const messages = createMessageStore(mongo);
  const frozen = openFrozenVisitors({ clock, visitors });
  const chat = { clock, rateLimits, visitors, conversations };
  const startConversation = createStartConversation(chat);
  const realtime = createRealtime({
    redis,
    settings: { ...config.sockets, publicUrl: config.publicUrl, trustProxy: config.trustProxy },
    limits: config.limits,
    ...chat,
    log,
    messages,
    startConversation,
    rowDebts: createRowDebtStore(db),
    presentAttachment: photos.presentAttachment,
    claimAttachments: photos.claimAttachments,
    requireUse: (visitorId) => frozen.requireUse(visitorId),
    findSiteByKey: (key) => findSiteByKey({ sites }, key),
    getSite: (id) => getSite({ sites }, id),
    listSites: () => sites.list(),
    noteRefusedOrigin,
    describeVisitor: (site, visitor) => privacy.describeVisitor(site, visitor),
    noteRead: (site, operator, conversation) => privacy.noteRead(site, operator, conversation),
    requireOperator: (handshake) => guards.requireOperator(handshake, { originRequired: true }),
  });
  closers.push(() => realtime.stop());
  const eraseDeps: EraseDeps = {
    conversations,
    clock,
    eraseMessages: (id) => messages.remove(id),
    eraseAttachments: (_site, ids) => photos.deleteAttachments(ids),
    publish: realtime.publish,
  };
  const jobs = { log, commands: redis?.commands ?? null };
  closers.push(
    startJob(jobs, "expire-conversations", 10 * 60_000, () => expireConversations(eraseDeps)),
  );
  photos.registerRoutes(server, {
    guards,
    rateLimits,
    appendAudit: (entry) => privacy.appendAudit(entry),
    findVisitor: (site, token) => findVisitorByToken({ visitors }, site, token),
    startConversation,
    findOwner: (id) => conversations.find(id),
    hasMessage: (conversation, clientId) => messages.has(conversation, clientId),
    requireUse: (visitorId) => frozen.requireUse(visitorId),
    getSite: (id) => getSite({ sites }, id),
  });

  const privacy = openPrivacy({
    db,
    clock,
    keys,
    log,
    publicUrl: config.publicUrl,
    publish: realtime.publish,
    journal,
    visitors,
    frozen,
    findSite: (id) => sites.findById(id),
    findSiteByKey: (key) => findSiteByKey({ sites }, key),
    neighbours: privacyNeighbours({
      clock,
      publicUrl,
      publish: realtime.publish,
      visitors,
      conversations,
      messages,
      operators: operators.operators,
      photos,
      mail: () => mail,
      erasing: eraseDeps,
      getSite: (id) => getSite({ sites }, id),
    }),
  });
  stopPrivacy = () => privacy.stop();
  privacy.registerRoutes(server, {
    guards,
    rateLimits,
    getSite: (id) => getSite({ sites }, id),
    trustProxy: config.trustProxy,
    countryHeader: config.countryHeader,
    pixelRate: config.rates.pixel.address ?? rateDefaults.pixel.address,
  });
  closers.push(startJob(jobs, "privacy-daily", 24 * 3_600_000, () => privacy.runDaily()));

  registerLoaderRoutes(server, { sites, clock, ...config });
  registerSiteRoutes(server, {
    guards,
    sites,
    clock,
    appendAudit: privacy.appendAudit,
    publicUrl: config.publicUrl,
    limits: config.limits,
    presentNotice: (...asked) => privacy.presentNotice(...asked),
    rulesChanged: (before, after) => privacy.rulesChanged(before, after),
  });
  await registerPageRoutes(server, config);
  registerPageStyle(server, config);
  registerPageStyleRoutes(server, { sites });

  // Mail
  const mail = openMail({
    db,
    config,
    clock,
    log,
    keys,
    journal,
    appendAudit: privacy.appendAudit,
    consents: privacy.chains.consents,
    encryptAddress: (site, subjectH, ip, keepUntil) =>
      encryptAddress(
        { keys, subjectKeys: privacy.consent.subjectKeys },
        site,
        subjectH,
        ip,
        keepUntil,
      ),
    getSite: (id) => getSite({ sites }, id),
  });
  closers.push(() => mail.stop());
  await mail.registerRoutes(server, { guards, rateLimits });

  operators.registerRoutes(server, { guards, rateLimits });
  closers.push(
    startJob({ log, commands: null }, "end-stale-sockets", 5000, () =>
      operators.endStaleSockets(() => realtime.openSessions()),
    ),
  );

  await createIndexes(db);
  await realtime.mendRows();
  closers.push(
    startJob({ log, commands: null }, "look-at-rows", 3000, () => realtime.lookAtRows()),
  );
  await mail.resume();
  await privacy.replay();
  await privacy.runDaily();

  let stop: Promise<void> | null = null;
  return {
    demoKey: demoSite.key,
    storeUrl: mongo.url,
    setupLink: () => operators.setupLink(),
    async start() {
      realtime.serve(server.server);
      await server.listen({ host: config.host, port: config.port, backlog: MOST_KNOCKING });
      const shop = await startShop(config, demoSite.key);
      if (shop !== null) closers.push(() => shop.close());
      return { url: config.publicUrl.origin, demoUrl: shop?.url ?? null };
    },
    stop() {
      stopping = true;
      return (stop ??= closeAll(closers));
    },
  };
}

function startShop(config: Config, demoKey: string) {
  if (config.demoPort === null) return Promise.resolve(null);
  const scriptUrl = new URL(`/w/${demoKey}.js`, config.publicUrl).href;
  return startDemoShop({ host: "127.0.0.1", port: config.demoPort, scriptUrl });
}

/** Last opened, first closed; one failure does not keep the others open. */
async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers.splice(0).reverse()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "Closing failed.");
}
