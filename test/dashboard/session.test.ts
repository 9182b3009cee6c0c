import assert from "node:assert/strict";
import { offline, type Outcome } from "../../dashboard/state/outcome.js";
import { createSession, type SessionApi } from "../../dashboard/state/session.js";
import type { Operator } from "../../shared/wire.js";

const ada: Operator = {
  id: "o1",
  email: "ada@example.org",
  name: "Ada",
  role: "admin",
  confidentialityAccepted: true,
};
const nobody = { ok: false, code: "NOT_SIGNED_IN", message: "Sign in first." } as const;

function makeApi(
  me: Outcome<Operator>,
  signedIn: Outcome<Operator> = { ok: true, value: ada },
): SessionApi {
  return {
    me: () => Promise.resolve(me),
    signIn: () => Promise.resolve(signedIn),
    signOut: () => Promise.resolve({ ok: true, value: null }),
    checkLink: () => Promise.resolve(offline),
    setUp: () => Promise.resolve(signedIn),
    acceptConfidentiality: () => Promise.resolve({ ok: true, value: ada }),
  };
}

describe("dashboard: the session", () => {
  it("tells nobody signed in from a server that does not answer", async () => {
    const out = createSession(makeApi(nobody));
    await out.resume();
    assert.equal(out.status.value, "signed-out");
    const silent = createSession(makeApi(offline));
    await silent.resume();
    assert.equal(silent.status.value, "unreachable");
  });

  it("asks for confidentiality before anything else (XIM-06)", async () => {
    const fresh = { ...ada, confidentialityAccepted: false };
    const session = createSession(makeApi(nobody, { ok: true, value: fresh }));
    await session.setUp({ token: "t", email: "", name: "", password: "" });
    assert.equal(session.status.value, "confidentiality");
    await session.acceptConfidentiality();
    assert.equal(session.status.value, "ready");
  });

  it("keeps who it was when a session ends, and forgets on signing out", async () => {
    const session = createSession(makeApi({ ok: true, value: ada }));
    await session.resume();
    session.end();
    assert.equal(session.status.value, "ended");
    assert.equal(session.operator.value?.email, "ada@example.org");
    assert.equal(await session.signIn({ email: "", password: "" }), null);
    assert.equal(session.status.value, "ready");
    await session.signOut();
    assert.equal(session.operator.value, null);
  });

  it("answers why signing in failed and changes nothing", async () => {
    const failure = { ok: false, code: "SIGN_IN_FAILED", message: "Wrong." } as const;
    const session = createSession(makeApi(nobody, failure));
    await session.resume();
    assert.deepEqual(await session.signIn({ email: "a", password: "b" }), failure);
    assert.equal(session.status.value, "signed-out");
  });
});
