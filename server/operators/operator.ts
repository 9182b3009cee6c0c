import type { Role } from "../../shared/wire.js";

export interface StoredOperator {
  id: string;
  email: string;
  name: string;
  role: Role;
  /** argon2id, PHC string; null until the invited person set a password: nobody can sign in. */
  passwordHash: string | null;
  /** When the confidentiality text was accepted (XIM-06); null before. */
  confidentialityAt: number | null;
  createdAt: number;
}

/** Who is behind a request or a socket. */
export interface SignedInOperator {
  id: string;
  email: string;
  name: string;
  role: Role;
  confidentialityAccepted: boolean;
  /** Of the session, for `publish.operatorSessionEnded`; opens nothing. */
  sessionId: string;
}
