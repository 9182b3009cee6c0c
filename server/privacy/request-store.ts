import { Schema, type Connection } from "mongoose";
import type { RequestState, RequestStep, RequestType } from "../../shared/privacy.js";

export interface PrivacyRequest {
  id: string;
  site: string;
  type: RequestType;
  /** How to reach the person; empty for a visitor who is reached in the chat. */
  contact: string;
  /** The visitor it is about, where there is one. */
  visitorId: string | null;
  targetH: string | null;
  /** When it was certain that the person is who they say; null while it is not. */
  verifiedAt: number | null;
  receivedAt: number;
  dueAt: number;
  state: RequestState;
  /** Nothing of the visitor is used until it is decided, and by nobody but the parents (JIVO-13). */
  frozen: boolean;
  steps: RequestStep[];
  /** Three years after it came, as evidence that it was honoured. */
  expireAt: Date;
}

export interface RequestStore {
  insert(request: PrivacyRequest): Promise<void>;
  find(site: string, id: string): Promise<PrivacyRequest | null>;
  list(site: string, now: number): Promise<PrivacyRequest[]>;
  listOf(site: string, targetH: string): Promise<PrivacyRequest[]>;
  /** Open ones of all sites that are due by a moment. */
  listDue(before: number): Promise<PrivacyRequest[]>;
  /** Adds a step, once per `act` where `once` says so; null when there is no such request or step to add. */
  addStep(
    site: string,
    id: string,
    step: RequestStep,
    change?: { state?: RequestState; once?: boolean },
  ): Promise<PrivacyRequest | null>;
}

type RequestRecord = Omit<PrivacyRequest, "id"> & { _id: string };

const schema = new Schema<RequestRecord>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    type: { type: String, required: true },
    contact: String,
    visitorId: { type: String, default: null },
    targetH: { type: String, default: null },
    verifiedAt: { type: Number, default: null },
    receivedAt: Number,
    dueAt: Number,
    state: { type: String, required: true },
    frozen: { type: Boolean, default: false },
    steps: [
      new Schema<RequestStep>(
        { at: Number, actor: String, act: String, note: String },
        { _id: false },
      ),
    ],
    expireAt: { type: Date, required: true },
  },
  { autoIndex: false, versionKey: false, collection: "privacy_requests" },
);
schema.index({ state: 1, dueAt: 1 });
schema.index({ site: 1, receivedAt: -1 });
schema.index({ site: 1, targetH: 1 });
schema.index({ expireAt: 1 }, { expireAfterSeconds: 0 });

export function createRequestStore(db: Connection): RequestStore {
  const model = db.model("PrivacyRequest", schema);
  const toRequest = ({ _id, ...rest }: RequestRecord): PrivacyRequest => ({ id: _id, ...rest });
  return {
    async insert({ id, ...rest }) {
      await model.create({ _id: id, ...rest });
    },
    async find(site, id) {
      const found = await model.findOne({ _id: id, site }).lean<RequestRecord>();
      return found === null ? null : toRequest(found);
    },
    async list(site, now) {
      const found = await model
        .find({ site, expireAt: { $gt: new Date(now) } })
        .sort({ receivedAt: -1 })
        .limit(500)
        .lean<RequestRecord[]>();
      return found.map(toRequest);
    },
    async listOf(site, targetH) {
      const found = await model
        .find({ site, targetH })
        .sort({ receivedAt: -1 })
        .lean<RequestRecord[]>();
      return found.map(toRequest);
    },
    async listDue(before) {
      const found = await model
        .find({ state: "open", dueAt: { $lte: before } })
        .sort({ dueAt: 1 })
        .limit(1000)
        .lean<RequestRecord[]>();
      return found.map(toRequest);
    },
    async addStep(site, id, step, change = {}) {
      const changed = await model
        .findOneAndUpdate(
          { _id: id, site, ...(change.once === true ? { "steps.act": { $ne: step.act } } : {}) },
          {
            $push: { steps: step },
            ...(change.state === undefined ? {} : { $set: { state: change.state } }),
          },
          { returnDocument: "after" },
        )
        .lean<RequestRecord>();
      return changed === null ? null : toRequest(changed);
    },
  };
}
