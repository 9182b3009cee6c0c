import assert from "node:assert/strict";
import { nameActor, tellAct } from "../../dashboard/state/tell-privacy.js";

describe("dashboard: words of the audit", () => {
  it("names an act in words, and keeps the name of one that is newer than the page", () => {
    assert.equal(tellAct("operator.invite"), "Operator invited");
    assert.equal(tellAct("erase.all"), "Erased: all");
    assert.equal(tellAct("request.in_progress"), "Request: in progress");
    assert.equal(tellAct("something.new"), "something new");
  });

  it("names whoever acted by today's account, else by the record's id", () => {
    const names = new Map([["grace-id-1", "Grace"]]);
    assert.equal(nameActor("operator:ada-id", "ada-id", names), "you");
    assert.equal(nameActor("grace-id-1", "ada-id", names), "Grace");
    assert.equal(nameActor("server", "ada-id", names), "the server");
    assert.equal(nameActor("gone-from-here", "ada-id", names), "operator gone-f");
  });
});
