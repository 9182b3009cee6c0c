import { refuse } from "../errors.js";
import { normalAddress } from "../mail/normal-address.js";
import type { OperatorStore } from "./operator-store.js";
import type { SignedInOperator } from "./operator.js";
import { checkPassword } from "./passwords.js";
import { openSession, type SessionDeps } from "./sessions.js";

interface Deps extends SessionDeps {
  operators: Pick<OperatorStore, "findById" | "findByEmail">;
}

/** Opens a session for the right password. @throws SIGN_IN_FAILED, the same for every reason */
export async function signIn(
  deps: Deps,
  credentials: { email: string; password: string },
): Promise<{ token: string; operator: SignedInOperator }> {
  const email = normalAddress(credentials.email);
  const operator = email === null ? null : await deps.operators.findByEmail(email);
  const right = await checkPassword(operator?.passwordHash ?? null, credentials.password);
  if (operator === null || !right) throw refuse("SIGN_IN_FAILED");
  return openSession(deps, operator);
}
