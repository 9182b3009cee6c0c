import assert from "node:assert/strict";
import { startDemoShop } from "../../server/demo-shop/start-demo-shop.js";
import { shopPages } from "../../server/demo-shop/shop-pages.js";

describe("demo shop", () => {
  const scriptUrl = "http://localhost:3000/w/KEY.js";
  let shop: Awaited<ReturnType<typeof startDemoShop>>;

  before(async () => {
    shop = await startDemoShop({ host: "127.0.0.1", port: 0, scriptUrl });
  });
  after(() => shop.close());

  it("serves every page with the script tag and links that lead somewhere", async () => {
    for (const page of shopPages) {
      const html = await (await fetch(shop.url + page.path)).text();
      assert.ok(html.includes(`<script src="${scriptUrl}" async></script>`), page.path);
      for (const [, link] of html.matchAll(/(?:href|src)="(\/[^"]*)"/g)) {
        const answer = await fetch(shop.url + (link ?? ""));
        assert.equal(answer.status, 200, `${page.path} -> ${link ?? ""}`);
        await answer.arrayBuffer();
      }
    }
  });

  it("allows the chat's origin and nothing inline", async () => {
    const answer = await fetch(shop.url);
    const policy = answer.headers.get("content-security-policy") ?? "";
    assert.match(policy, /script-src http:\/\/localhost:3000;/);
    assert.match(policy, /connect-src http:\/\/localhost:3000 ws:\/\/localhost:3000;/);
    assert.doesNotMatch(policy, /unsafe|blob:|data:|\*/);
    assert.doesNotMatch(await answer.text(), / style=|<style|<script>/);
  });

  it("answers an unknown page with 404", async () => {
    assert.equal((await fetch(`${shop.url}/nowhere`)).status, 404);
  });
});
