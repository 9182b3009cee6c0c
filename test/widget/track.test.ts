import assert from "node:assert/strict";
import { describeView } from "../../widget/track/describe-view.js";
import { makeDwellClock } from "../../widget/track/dwell-clock.js";

describe("a page view", () => {
  it("JIVO-06: tells the path and never the query string, of the referrer only the host", () => {
    assert.deepEqual(
      describeView(
        "https://shop.example/a/b?email=bo@example.org&utm_source=mail#part",
        "https://search.example/?q=secret",
      ),
      { path: "/a/b", referrerHost: "search.example", campaign: { utm_source: "mail" } },
    );
  });

  it("names no referrer when somebody came from the site itself, from nowhere or from nonsense", () => {
    for (const referrer of ["https://shop.example/other", "", "android-app:"])
      assert.equal(describeView("https://shop.example/", referrer).referrerHost, "");
  });
});

describe("dwell", () => {
  it("counts the time that a page was visible, and nothing twice", () => {
    let now = 0;
    const clock = makeDwellClock(true, () => now);
    now = 100;
    clock.setVisible(false);
    clock.setVisible(false);
    now = 1_000;
    assert.equal(clock.read(), 100);
    clock.setVisible(true);
    clock.setVisible(true);
    now = 1_050;
    assert.equal(clock.read(), 150);
  });

  it("is nothing for a page that was opened in the background", () => {
    assert.equal(makeDwellClock(false, () => 5_000).read(), 0);
  });
});
