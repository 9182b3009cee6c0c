import type { Namespace, Socket } from "socket.io";
import type {
  OperatorEvents,
  OperatorNews,
  VisitorEvents,
  VisitorNews,
} from "../../shared/events.js";
import type { SignedInOperator } from "../operators/operator.js";
import type { Visitor } from "../visitors/visitor-store.js";

/** What a node tells the others; nothing of ours travels that way. */
export type NodeEvents = Record<string, () => void>;

export interface VisitorSocketData {
  siteId: string;
  token: string;
  tokenHash: string;
  /** Null until the first message; looked up again after a while, since a token can end elsewhere. */
  visitor: Visitor | null;
  checkedAt: number;
  ofAge: boolean;
  address: string;
}

export interface OperatorSocketData {
  operator: SignedInOperator;
}

export type VisitorNamespace = Namespace<VisitorEvents, VisitorNews, NodeEvents, VisitorSocketData>;
export type VisitorSocket = Socket<VisitorEvents, VisitorNews, NodeEvents, VisitorSocketData>;
export type OperatorNamespace = Namespace<
  OperatorEvents,
  OperatorNews,
  NodeEvents,
  OperatorSocketData
>;
export type OperatorSocket = Socket<OperatorEvents, OperatorNews, NodeEvents, OperatorSocketData>;

/** Socket.IO's rooms, named once. */
export const visitorRoom = (visitorId: string) => `v:${visitorId}`;
/** Sockets whose token has no visitor yet. */
export const tokenRoom = (tokenHash: string) => `t:${tokenHash}`;
export const siteRoom = (siteId: string) => `s:${siteId}`;
export const sessionRoom = (sessionId: string) => `session:${sessionId}`;
