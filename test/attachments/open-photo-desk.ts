import { paths } from "../../shared/paths.js";
import type { Attachment } from "../../shared/wire.js";
import { signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type AppOverrides, type TestApp } from "../support/start-app.js";
import {
  createPhotoVisitor,
  newId,
  readAnswer,
  type PhotoVisitor,
  type UploadAnswer,
} from "./photo-visitor.js";

export { newId, type PhotoVisitor } from "./photo-visitor.js";

export interface PhotoDesk {
  app: TestApp;
  admin: OperatorApi;
  siteId: string;
  visitor(): PhotoVisitor;
  uploadAsOperator(
    conversationId: string,
    bytes: Uint8Array,
    query?: Record<string, string>,
  ): Promise<UploadAnswer>;
  /** GET of a rendition's address, as the visitor's `<img>` would. */
  fetchImage(url: string, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

/** The whole server with the demo site and a signed-in admin, for tests of photos. */
export async function openPhotoDesk(overrides: AppOverrides = {}): Promise<PhotoDesk> {
  const env = { RATE_UPLOAD_VISITOR: "1000/60", RATE_UPLOAD_ADDRESS: "1000/60", ...overrides.env };
  const app = await startApp({ ...overrides, env });
  const admin = await signInAdmin(app);
  const sites = await admin.get<{ id: string; key: string }[]>(paths.sites);
  const siteId = sites.body.find((site) => site.key === app.demoKey)?.id ?? "";
  const visitors: PhotoVisitor[] = [];

  function visitor(): PhotoVisitor {
    const { url, demoKey, demoUrl } = app;
    const made = createPhotoVisitor({ url, demoKey, origin: demoUrl ?? "" });
    visitors.push(made);
    return made;
  }

  return {
    app,
    admin,
    siteId,
    visitor,
    async uploadAsOperator(conversationId, bytes, query = {}) {
      const search = new URLSearchParams({ conversationId, clientId: newId(), ...query });
      const path = `${paths.operatorAttachments(siteId)}?${search}`;
      const response = await fetch(`${app.url}${path}`, {
        method: "POST",
        headers: {
          origin: app.url,
          cookie: admin.cookie,
          "content-type": "application/octet-stream",
        },
        body: Buffer.from(bytes),
      });
      return readAnswer(response);
    },
    fetchImage: (url, headers = {}) =>
      fetch(url, { headers: { accept: "image/webp,*/*", ...headers } }),
    async stop() {
      for (const one of visitors) one.stop();
      await app.stop();
    },
  };
}

/** The address of one rendition. */
export function urlOf(attachment: Attachment, name: "preview" | "full"): string {
  return attachment.renditions.find((rendition) => rendition.name === name)?.url ?? "";
}
