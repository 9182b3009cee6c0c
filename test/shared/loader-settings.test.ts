import assert from "node:assert/strict";
import { makeLoaderSettings } from "../../shared/loader-settings.js";
import { makeSite } from "../realtime/start-chat.js";

describe("the loader's settings", () => {
  const labelOf = (language: string) => {
    const site = { ...makeSite("shop", "http://shop.example"), language };
    return makeLoaderSettings(site, "https://chat.example", "panel.js").label;
  };

  it("name the button in the site's language, or in English", () => {
    assert.equal(labelOf("de-AT"), "Mit uns chatten");
    for (const unknown of ["nl", "", "constructor", "__proto__"])
      assert.equal(labelOf(unknown), "Chat with us", unknown);
  });
});
