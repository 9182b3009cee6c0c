import type { Choices } from "../../shared/consent.js";
import type { RequestState, RequestType } from "../../shared/privacy.js";
import type { Conversation, Message, PageView } from "../../shared/wire.js";
import type { ConsentAction } from "../consent/consent-store.js";
import { decryptAddress } from "../consent/encrypt-address.js";
import type { ConsentDeps } from "../consent/save-consent.js";
import { visitorSubject } from "../consent/subject.js";
import type { Site } from "../sites/site.js";
import type { VisitStore } from "../tracking/visit-store.js";
import { targetOf, type Person } from "./erase-subject.js";
import type { RequestStore } from "./request-store.js";

/** A file that belongs to the person, read only when it is packed. */
export interface PersonFile {
  name: string;
  read: () => Promise<Buffer | null>;
}

/** How each feature tells what it holds about a person. */
export interface DataReach {
  conversations: (
    site: Site,
    visitorId: string,
  ) => Promise<(Conversation & { messages: Message[] })[]>;
  photoDetails: (site: Site, visitorId: string) => Promise<unknown[]>;
  /** The photos of conversations. */
  files: (conversationIds: readonly string[]) => Promise<PersonFile[]>;
  /** The subscriber with evidence, suppressions and mail log; null where there is nothing. */
  mail: (site: Site, addressH: string) => Promise<unknown>;
}

export interface CollectDeps extends ConsentDeps {
  visits: VisitStore;
  requests: RequestStore;
  data: DataReach;
}

/** Everything that is kept about one person on one site, and nothing of anybody else. */
export interface PersonData {
  profile: { name: string; email: string } | null;
  firstSeenAt: number | null;
  lastSeenAt: number | null;
  conversations: (Conversation & { messages: Message[] })[];
  pageViews: PageView[];
  consents: {
    at: number;
    action: ConsentAction;
    choices: Choices;
    restricted: string[];
    method: string;
    policyVersion: number;
    textHash: string | null;
    formUrl: string | null;
    /** Null once its key was shredded. */
    address: string | null;
  }[];
  photoDetails: unknown[];
  requests: { type: RequestType; receivedAt: number; dueAt: number; state: RequestState }[];
  mail: unknown;
}

export async function collectPerson(
  deps: CollectDeps,
  site: Site,
  person: Person,
): Promise<PersonData> {
  const requests = (await deps.requests.listOf(site.id, targetOf(deps.keys, site.id, person))).map(
    ({ type, receivedAt, dueAt, state }) => ({ type, receivedAt, dueAt, state }),
  );
  if (person.kind === "address")
    return {
      ...nobody,
      consents: await listConsents(deps, site, person.addressH),
      requests,
      mail: await deps.data.mail(site, person.addressH),
    };

  const { visitor } = person;
  const subjectH = visitorSubject(deps.keys, site.id, visitor.tokenHash);
  const history = await deps.consentStore.listOf(site.id, subjectH);
  const hashes = history.flatMap(({ analyticsH }) => (analyticsH === null ? [] : [analyticsH]));
  const visits =
    hashes.length === 0 ? [] : await deps.visits.listByAnalytics(site.id, hashes, deps.clock.now());
  return {
    profile: visitor.profile,
    firstSeenAt: visitor.createdAt,
    lastSeenAt: visitor.lastSeenAt,
    conversations: await deps.data.conversations(site, visitor.id),
    pageViews: visits
      .flatMap(({ views }) => views)
      .map(({ path, title, at, dwellMs }) => ({ path, title, at, dwellMs })),
    consents: await listConsents(deps, site, subjectH),
    photoDetails: await deps.data.photoDetails(site, visitor.id),
    requests,
    mail: null,
  };
}

const nobody = {
  profile: null,
  firstSeenAt: null,
  lastSeenAt: null,
  conversations: [],
  pageViews: [],
  photoDetails: [],
};

async function listConsents(
  deps: CollectDeps,
  site: Site,
  subjectH: string,
): Promise<PersonData["consents"]> {
  const records = await deps.consentStore.listOf(site.id, subjectH);
  return Promise.all(
    records.map(async (record) => ({
      at: record.at,
      action: record.action,
      choices: record.choices,
      restricted: record.restricted,
      method: record.method,
      policyVersion: record.policyVersion,
      textHash: record.textHash,
      formUrl: record.formUrl,
      address: await decryptAddress(deps, site.id, subjectH, record.ipEnc),
    })),
  );
}
