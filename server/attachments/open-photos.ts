import type { FastifyInstance } from "fastify";
import type { Guards } from "../http/guards.js";
import type { Clock } from "../infra/clock.js";
import type { Keys } from "../infra/keys.js";
import type { Log } from "../infra/log.js";
import type { RateLimits } from "../infra/rate-limits.js";
import { registerAttachmentRoutes } from "./attachment-routes.js";
import type { UploadDeps } from "./attachment-routes.js";
import { createAttachmentStore } from "./attachment-store.js";
import type { AttachmentRecord, StoredAttachment } from "./attachment-store.js";
import { createBlobStore } from "./blob-store.js";
import { claimAttachments } from "./claim-attachments.js";
import { deleteAttachments } from "./delete-attachments.js";
import { registerDeliveryRoutes } from "./deliver-attachment.js";
import { registerDescribeRoute } from "./describe-attachment.js";
import { exportAttachments } from "./export-attachments.js";
import { makeAvifOf } from "./make-avif.js";
import { hashVisitor, notePhoto } from "./note-photo.js";
import { createOriginalStore } from "./original-store.js";
import { createPhotoCountStore } from "./photo-count-store.js";
import { createPhotoDetailStore } from "./photo-detail-store.js";
import { registerReportRoutes } from "./photo-report-routes.js";
import type { ReportDeps } from "./photo-report-routes.js";
import { presentAttachment } from "./present-attachment.js";
import { createRenderPool } from "./render-pool.js";
import { createRenderQueue } from "./render-queue.js";
import type { PhotoSettings } from "./rendition-specs.js";
import type { Site } from "../sites/site.js";
import { sweepAttachments } from "./sweep-attachments.js";

interface PhotosDeps {
  db: Parameters<typeof createAttachmentStore>[0];
  clock: Clock;
  keys: Keys;
  log: Log;
  publicUrl: URL;
  photos: PhotoSettings;
  uploadBytes: number;
}

/** What the upload route asks of its neighbours. */
type Neighbours = Pick<
  UploadDeps,
  "findVisitor" | "startConversation" | "findOwner" | "getSite" | "requireUse"
> & {
  guards: Guards;
  rateLimits: RateLimits;
  appendAudit: ReportDeps["appendAudit"];
  /** Whether a message was stored, by its conversation and its `clientId`. */
  hasMessage: (conversation: string, clientId: string) => Promise<boolean>;
};

const sweepEveryMs = 60_000;
const hourMs = 60 * 60 * 1000;

/** Wires the photos' stores, worker threads and verbs; `registerRoutes` once the neighbours stand. */
export function openPhotos({ db, clock, keys, log, publicUrl, photos, uploadBytes }: PhotosDeps) {
  const attachments = createAttachmentStore(db);
  const originals = createOriginalStore(db);
  const blobs = createBlobStore(db);
  const details = createPhotoDetailStore(db);
  const counts = createPhotoCountStore(db);
  const queue = createRenderQueue(createRenderPool(), photos);
  const stores = { attachments, originals, blobs };
  const linksKey = keys.links;
  const noteDeps = { clock, details, counts, addressKey: keys.address };

  const underway = new Set<string>();
  function wantAvif(record: AttachmentRecord): void {
    if (photos.avif === "off" || record.avif || underway.has(record.id)) return;
    underway.add(record.id);
    makeAvifOf({ ...stores, queue, photos, log }, record)
      .catch((error: unknown) => log.warn({ err: error }, "an AVIF was not stored"))
      .finally(() => underway.delete(record.id));
  }

  let hasMessage: Neighbours["hasMessage"] | null = null;
  function sweep(): void {
    if (hasMessage === null) return;
    sweepAttachments({ ...stores, clock, hasMessage }).catch((error: unknown) =>
      log.error({ err: error }, "photos were not swept"),
    );
  }
  const sweeper = setInterval(sweep, sweepEveryMs);
  sweeper.unref();

  return {
    presentAttachment: (stored: StoredAttachment, reader: string) =>
      presentAttachment({ clock, linksKey, publicUrl }, stored, reader),
    claimAttachments: (claim: Parameters<typeof claimAttachments>[1]) =>
      claimAttachments({ attachments, clock }, claim),
    deleteAttachments: (conversations: readonly string[]) =>
      deleteAttachments(stores, conversations),
    exportAttachments: (conversations: readonly string[]) =>
      exportAttachments(stores, conversations),
    /** The report's rows of a visitor's own photos. */
    listDetailsOf: (site: string, visitorId: string) =>
      details.list({ site, visitorH: hashVisitor(keys.address, visitorId) }, clock.now(), 1000),
    removeDetailsOf: (site: string, visitorId: string) =>
      details.removeOf({ site, visitorH: hashVisitor(keys.address, visitorId) }),
    /** After a change of `rules.retention.photoDetails`. */
    applyRetention: (site: Site) =>
      details.applyRetention(site.id, site.rules.retention.photoDetails),
    /** After a change of `rules.retention.originalHours`: what is past its new hours is gone now. */
    async applyOriginalHours(site: Site): Promise<void> {
      const period = site.rules.retention.originalHours * hourMs;
      await originals.applyRetention(site.id, period, clock.now());
      sweep();
    },
    /** Originals that a period of so many hours would delete now. */
    countOriginals: (site: string, hours: number) =>
      originals.countCreatedBefore(site, clock.now() - hours * hourMs, clock.now()),
    registerRoutes(server: FastifyInstance, neighbours: Neighbours): void {
      ({ hasMessage } = neighbours);
      // What came due while the server was down goes first.
      sweep();
      registerAttachmentRoutes(server, {
        ...stores,
        ...neighbours,
        ...{ clock, photos, queue, linksKey, publicUrl, uploadBytes },
        notePhoto: async (upload, record) => {
          await notePhoto(noteDeps, upload, record);
          if (photos.avif === "background") wantAvif(record);
        },
      });
      const { guards } = neighbours;
      registerDeliveryRoutes(server, { ...stores, guards, clock, linksKey, wantAvif });
      const links = { clock, linksKey, publicUrl };
      registerDescribeRoute(server, { ...neighbours, ...links, attachments });
      const report = { clock, linksKey, publicUrl, details, counts };
      registerReportRoutes(server, { ...stores, ...neighbours, ...report });
    },
    async stop(): Promise<void> {
      clearInterval(sweeper);
      await queue.close();
    },
  };
}
