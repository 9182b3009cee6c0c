import { signal, type ReadonlySignal } from "@preact/signals";
import type { Operator, SetupLinkOwner } from "../../shared/wire.js";
import type { Failure, Outcome } from "./outcome.js";

export interface SessionApi {
  me(): Promise<Outcome<Operator>>;
  signIn(credentials: { email: string; password: string }): Promise<Outcome<Operator>>;
  signOut(): Promise<Outcome<null>>;
  checkLink(token: string): Promise<Outcome<SetupLinkOwner>>;
  setUp(form: SetUpForm): Promise<Outcome<Operator>>;
  acceptConfidentiality(): Promise<Outcome<Operator>>;
}

export interface SetUpForm {
  token: string;
  email: string;
  name: string;
  password: string;
}

/**
 * `ended`: a session that was there is over; what is on the screen stays beneath the sign-in, so
 * that nothing typed is lost. `unreachable`: the server did not say who we are.
 */
export type SessionStatus =
  "loading" | "unreachable" | "signed-out" | "confidentiality" | "ready" | "ended";

export interface Session {
  status: ReadonlySignal<SessionStatus>;
  operator: ReadonlySignal<Operator | null>;
  resume(): Promise<void>;
  signIn(credentials: { email: string; password: string }): Promise<Failure | null>;
  /** Whose set-up link it is; spends nothing. */
  checkLink(token: string): Promise<Outcome<SetupLinkOwner>>;
  setUp(form: SetUpForm): Promise<Failure | null>;
  acceptConfidentiality(): Promise<Failure | null>;
  signOut(): Promise<Failure | null>;
  /** Any request or socket that hears `NOT_SIGNED_IN` says so here. */
  end(): void;
}

/** Who is signed in. Each verb answers the failure to show, or null. */
export function createSession(api: SessionApi): Session {
  const status = signal<SessionStatus>("loading");
  const operator = signal<Operator | null>(null);

  const take = (outcome: Outcome<Operator>): Failure | null => {
    if (!outcome.ok) return outcome;
    operator.value = outcome.value;
    status.value = outcome.value.confidentialityAccepted ? "ready" : "confidentiality";
    return null;
  };

  return {
    status,
    operator,
    async resume() {
      status.value = "loading";
      const failure = take(await api.me());
      if (failure !== null)
        status.value = failure.code === "NOT_SIGNED_IN" ? "signed-out" : "unreachable";
    },
    async signIn(credentials) {
      return take(await api.signIn(credentials));
    },
    checkLink: (token) => api.checkLink(token),
    async setUp(form) {
      return take(await api.setUp(form));
    },
    async acceptConfidentiality() {
      return take(await api.acceptConfidentiality());
    },
    async signOut() {
      const outcome = await api.signOut();
      if (!outcome.ok && outcome.code !== "NOT_SIGNED_IN") return outcome;
      operator.value = null;
      status.value = "signed-out";
      return null;
    },
    end() {
      if (status.value === "ready") status.value = "ended";
      else if (status.value === "confidentiality") status.value = "signed-out";
    },
  };
}
