import { randomFillSync } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import type { Ack, ErrorBody } from "../../shared/error-codes.js";
import type { VisitorEvents, VisitorNews } from "../../shared/events.js";
import { makeId, makeToken } from "../../shared/ids.js";
import { paths } from "../../shared/paths.js";
import { PROTOCOL_VERSION, SOCKET_PATH, VISITOR_NAMESPACE } from "../../shared/protocol.js";
import type { Attachment, Message } from "../../shared/wire.js";

export const newId = (): string => makeId((bytes) => randomFillSync(bytes));

export interface UploadAnswer {
  status: number;
  headers: Headers;
  body: Attachment & ErrorBody;
}

export async function readAnswer(response: Response): Promise<UploadAnswer> {
  const body = (await response.json()) as UploadAnswer["body"];
  return { status: response.status, headers: response.headers, body };
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

/** @param server where it runs, the demo site's key, and the origin of the page it is shown on */
export function createPhotoVisitor(server: {
  url: string;
  demoKey: string;
  origin: string;
}): PhotoVisitor {
  const { url, demoKey, origin } = server;
  const token = makeToken((bytes) => randomFillSync(bytes));
  const conversationId = newId();
  let socket: Socket<VisitorNews, VisitorEvents> | null = null;
  return {
    token,
    conversationId,
    async upload(bytes, query = {}, init = {}) {
      const search = new URLSearchParams({ conversationId, clientId: newId(), ...query });
      const response = await fetch(`${url}${paths.attachments(demoKey)}?${search}`, {
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
      socket ??= io(`${url}${VISITOR_NAMESPACE}`, {
        path: SOCKET_PATH,
        transports: ["websocket"],
        // A manager of its own: the query of another would be sent instead.
        forceNew: true,
        query: { site: demoKey, v: String(PROTOCOL_VERSION) },
        auth: { token },
        extraHeaders: { origin },
      });
      const draft = { conversationId, clientId, text: "", attachmentIds };
      return new Promise((resolve) => socket?.emit("message:send", draft, resolve));
    },
    stop: () => socket?.disconnect(),
  };
}
