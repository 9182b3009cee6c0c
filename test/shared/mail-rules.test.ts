import assert from "node:assert/strict";
import { mayMail, type MailKind, type MailRecipient } from "../../shared/mail-rules.js";
import { defaultRules } from "../../shared/site-rules.js";

describe("mayMail", () => {
  const confirmed: MailRecipient = { suppressions: [], subscription: "confirmed" };
  const off = { mail: { ...defaultRules.mail, marketing: false } };

  it("lets marketing go to a confirmed address alone, and only where the site sends any", () => {
    assert.deepEqual(mayMail("marketing", defaultRules, confirmed), { allowed: true });
    for (const subscription of ["none", "pending"] as const)
      assert.deepEqual(mayMail("marketing", defaultRules, { ...confirmed, subscription }), {
        allowed: false,
        reason: "not_confirmed",
      });
    assert.deepEqual(mayMail("marketing", off, confirmed), {
      allowed: false,
      reason: "marketing_off",
    });
  });

  it("JMINI-05: a marketing refusal blocks marketing alone, a full one all but answers", () => {
    const allowed = (kind: MailKind, scope: "marketing" | "all") =>
      mayMail(kind, defaultRules, { ...confirmed, suppressions: [scope] }).allowed;
    assert.deepEqual(
      (["transactional", "service", "marketing"] as const).map((kind) => [
        allowed(kind, "marketing"),
        allowed(kind, "all"),
      ]),
      [
        [true, true],
        [true, false],
        [false, false],
      ],
    );
  });

  it("never says yes to marketing by accident: every combination", () => {
    for (const subscription of ["none", "pending", "confirmed"] as const)
      for (const suppressions of [[], ["marketing"], ["all"], ["marketing", "all"]] as const)
        for (const rules of [defaultRules, off]) {
          const recipient = { subscription, suppressions: [...suppressions] };
          assert.equal(
            mayMail("marketing", rules, recipient).allowed,
            subscription === "confirmed" && suppressions.length === 0 && rules === defaultRules,
          );
        }
  });
});
