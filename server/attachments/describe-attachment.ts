import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { limits } from "../../shared/limits.js";
import { paths } from "../../shared/paths.js";
import { parseInput, refuse } from "../errors.js";
import type { Guards } from "../http/guards.js";
import type { RateLimits } from "../infra/rate-limits.js";
import type { AttachmentStore } from "./attachment-store.js";
import { presentAttachment } from "./present-attachment.js";

type DescribeDeps = Parameters<typeof presentAttachment>[0] & {
  guards: Guards;
  rateLimits: RateLimits;
  attachments: AttachmentStore;
};

const idParams = z.object({ id: z.string().max(40) });
const bodySchema = z.object({ altText: z.string().max(limits.altText) });

/**
 * `POST /api/operator/attachments/:id/description` {altText}: words for an operator's own upload,
 * written while it goes up or after; the `Attachment`. What a message carries no longer changes.
 * @throws UNKNOWN_ATTACHMENT
 */
export function registerDescribeRoute(server: FastifyInstance, deps: DescribeDeps): void {
  server.post(paths.attachmentDescription(":id"), async (request) => {
    const operator = await deps.guards.requireOperator(request);
    const { id } = parseInput(idParams, request.params);
    const { altText } = parseInput(bodySchema, request.body);
    await deps.rateLimits.consume("operate", { account: operator.id });
    const record = await deps.attachments.describe(id, "o", altText);
    if (!record) throw refuse("UNKNOWN_ATTACHMENT");
    return presentAttachment(deps, record, "o");
  });
}
