import assert from "node:assert/strict";
import fc from "fast-check";
import { cleanHost, cleanPath, cleanText } from "../../server/tracking/clean-path.js";

describe("cleanPath", () => {
  it("drops query and fragment (JIVO-06)", () => {
    assert.equal(cleanPath("/cart?email=jane@example.org"), "/cart");
    assert.equal(cleanPath("/cart#jane@example.org"), "/cart");
    assert.equal(cleanPath("/cart;jsessionid=123"), "/cart");
  });

  it("puts :id where a part looks like an address or a token (JIVO-06)", () => {
    for (const personal of [
      "jane@example.org",
      "jane%40example.org",
      "550e8400-e29b-41d4-a716-446655440000",
      "d41d8cd98f00b204e9800998ecf8427e",
      "+49 170 1234567",
      "4915112345678",
      "203.0.113.9",
      "2001:db8::1",
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0",
      "qL8vN2xKp0Zr4TtYw1Bc",
    ])
      assert.equal(cleanPath(`/reset/${personal}/go`), "/reset/:id/go", personal);
  });

  it("leaves ordinary pages readable", () => {
    for (const path of [
      "/",
      "/products/brass-door-latch",
      "/blog/2024/05/how-to-fit-a-hinge-in-ten-minutes",
      "/hilfe/rücksendung",
      "/product/12345",
      "/a.html",
    ])
      assert.equal(cleanPath(path), path);
    assert.equal(cleanPath("/hilfe/r%C3%BCcksendung"), "/hilfe/rücksendung");
    assert.equal(cleanPath("cart"), "/cart");
    assert.equal(cleanPath("/a/%2fetc"), "/a/:id");
  });

  it("keeps no mail address, whatever stands around it", () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,10}$/);
    fc.assert(
      fc.property(word, word, fc.webPath(), (user, host, path) => {
        const address = `${user}@${host}.example`;
        assert.equal(cleanPath(`${path}/${address}/x`).includes(address), false);
        assert.equal(cleanPath(`${path}?email=${address}`).includes("email="), false);
        assert.equal(cleanText(`Order of ${address}, thanks`, 200).includes(address), false);
      }),
      { numRuns: 300, seed: 8 },
    );
  });

  it("bounds what it keeps", () => {
    assert.ok(cleanPath(`/${"a/".repeat(5000)}`).length <= 200);
    assert.equal(cleanText("x ".repeat(400), 200).length, 200);
  });

  it("keeps a referrer's host and nothing more", () => {
    assert.equal(cleanHost("Search.Example"), "search.example");
    assert.equal(cleanHost("search.example:8080"), "search.example");
    assert.equal(cleanHost("https://search.example/?q=secret"), "");
    assert.equal(cleanHost("203.0.113.9"), "");
  });
});
