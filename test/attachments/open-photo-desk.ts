import { randomFillSync } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import type { Ack, ErrorBody } from "../../shared/error-codes.js";
import type { VisitorEvents, VisitorNews } from "../../shared/events.js";
import { makeId, makeToken } from "../../shared/ids.js";
import { paths } from "../../shared/paths.js";
import { PROTOCOL_VERSION, SOCKET_PATH, VISITOR_NAMESPACE } from "../../shared/protocol.js";
import type { Attachment, Message } from "../../shared/wire.js";
import { signInAdmin, type OperatorApi } from "../support/sign-in.js";
import { startApp, type AppOverrides, type TestApp } from "../support/start-app.js";

export const newId = (): string => makeId((bytes) => randomFillSync(bytes));

export interface UploadAnswer {
  status: number;
  headers: Headers;
  body: Attachment & ErrorBody;
}

/** One visitor with a browser on the demo shop. */
export interface PhotoVisitor {
  token: string;
  conversationId: string;
  upload(
    bytes: Uint8Array,
    query?: Record<string, string>,
    init?: RequestInit,
  ): Promise<UploadAnswer>;
  /** Sends a message that names the photos; the acknowledgement. */
  send(attachmentIds: string[], clientId?: string): Promise<Ack<Message>>;
  stop(): void;
}

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

async function readAnswer(response: Response): Promise<UploadAnswer> {
  const body = (await response.json()) as UploadAnswer["body"];
  return { status: response.status, headers: response.headers, body };
}

/** The whole server with the demo site and a signed-in admin, for tests of photos. */
export async function openPhotoDesk(overrides: AppOverrides = {}): Promise<PhotoDesk> {
  const env = { RATE_UPLOAD_VISITOR: "1000/60", RATE_UPLOAD_ADDRESS: "1000/60", ...overrides.env };
  const app = await startApp({ ...overrides, env });
  const admin = await signInAdmin(app);
  const sites = await admin.get<{ id: string; key: string }[]>(paths.sites);
  const siteId = sites.body.find((site) => site.key === app.demoKey)?.id ?? "";
  const sockets: Socket<VisitorNews, VisitorEvents>[] = [];

  function visitor(): PhotoVisitor {
    const token = makeToken((bytes) => randomFillSync(bytes));
    const conversationId = newId();
    const origin = app.demoUrl ?? "";
    let socket: Socket<VisitorNews, VisitorEvents> | null = null;
    return {
      token,
      conversationId,
      async upload(bytes, query = {}, init = {}) {
        const search = new URLSearchParams({ conversationId, clientId: newId(), ...query });
        const response = await fetch(`${app.url}${paths.attachments(app.demoKey)}?${search}`, {
          method: "POST",
          headers: {
            origin,
            authorization: `Bearer ${token}`,
            "content-type": "application/octet-stream",
          },
          body: Buffer.from(bytes),
          ...init,
        });
        return readAnswer(response);
      },
      async send(attachmentIds, clientId = newId()) {
        socket ??= io(`${app.url}${VISITOR_NAMESPACE}`, {
          path: SOCKET_PATH,
          transports: ["websocket"],
          query: { site: app.demoKey, v: String(PROTOCOL_VERSION) },
          auth: { token },
          extraHeaders: { origin },
        });
        sockets.push(socket);
        const draft = { conversationId, clientId, text: "", attachmentIds };
        return new Promise((resolve) => socket?.emit("message:send", draft, resolve));
      },
      stop: () => socket?.disconnect(),
    };
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
      for (const socket of sockets) socket.disconnect();
      await app.stop();
    },
  };
}

/** The address of one rendition. */
export function urlOf(attachment: Attachment, name: "preview" | "full"): string {
  return attachment.renditions.find((rendition) => rendition.name === name)?.url ?? "";
}
