import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { parseInput } from "../errors.js";
import type { Site } from "../sites/site.js";

const params = z.object({ siteId: z.string().max(60) });

/** The site of a dashboard view's address. @throws UNKNOWN_SITE */
export async function siteOf(
  deps: { getSite: (id: string) => Promise<Site> },
  request: FastifyRequest,
): Promise<Site> {
  return deps.getSite(parseInput(params, request.params).siteId);
}

const named = z.object({ id: z.string().max(60) });

/** The `:id` of a dashboard view's address. */
export const idOf = (request: FastifyRequest): string => parseInput(named, request.params).id;

const paging = z.object({
  before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
});

/** `?before=SEQ`: rows before that one; the newest ones without it. */
export const beforeOf = (request: FastifyRequest): number =>
  parseInput(paging, request.query).before ?? Number.MAX_SAFE_INTEGER;
