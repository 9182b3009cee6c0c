import assert from "node:assert/strict";
import { RequestFailure } from "../../widget/net/server-requests.js";
import german from "../../widget/text/german.js";
import { tellRefusal } from "../../widget/text/tell-refusal.js";

describe("a refused request", () => {
  const tell = (code: RequestFailure["code"]) =>
    tellRefusal(german, new RequestFailure(code, "the server's English"));

  it("is told in the panel's language, by its code", () => {
    assert.equal(tell("NETWORK"), german.noConnection);
    assert.equal(tell("RATE_LIMITED"), german.tooOften);
    assert.equal(tell("EMAIL_INVALID"), german.emailWrong);
    assert.equal(tell("UNKNOWN_VISITOR"), german.nothingKept);
  });

  it("of any other kind, or no kind at all, is told without the server's words", () => {
    assert.equal(tell("CONFLICT"), german.notTaken);
    assert.equal(tellRefusal(german, new TypeError("not a text")), german.notTaken);
  });
});
