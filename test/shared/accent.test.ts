import assert from "node:assert/strict";
import fc from "fast-check";
import { contrast, makeAccent } from "../../shared/accent.js";

describe("a site's colour made readable", () => {
  const hex = fc
    .integer({ min: 0, max: 0xffffff })
    .map((value) => `#${value.toString(16).padStart(6, "0")}`);

  it("has text on it at 4.5:1 or better, whatever the colour, in both themes", () => {
    fc.assert(
      fc.property(hex, fc.constantFrom("light" as const, "dark" as const), (color, theme) => {
        const { accent, onAccent } = makeAccent(color, theme);
        assert.ok(contrast(accent, onAccent) >= 4.5, `${color} became ${accent}`);
      }),
      { numRuns: 500 },
    );
  });

  it("stands out from the dark ground by 3:1 or better", () => {
    fc.assert(
      fc.property(hex, (color) => {
        assert.ok(contrast(makeAccent(color, "dark").accent, "#14171c") >= 3);
      }),
      { numRuns: 500 },
    );
  });

  it("draws the focus ring at 3:1 against the ground", () => {
    fc.assert(
      fc.property(hex, (color) => {
        assert.ok(contrast(makeAccent(color, "light").ring, "#ffffff") >= 3);
        assert.ok(contrast(makeAccent(color, "dark").ring, "#14171c") >= 3);
      }),
      { numRuns: 200 },
    );
  });

  it("leaves a colour alone that is readable already", () => {
    assert.deepEqual(makeAccent("#2457d6", "light"), {
      accent: "#2457d6",
      onAccent: "#ffffff",
      ring: "#2457d6",
    });
  });

  it("puts dark text on a light colour instead of turning yellow to brown", () => {
    assert.equal(makeAccent("#ffd400", "light").accent, "#ffd400");
    assert.equal(makeAccent("#ffd400", "light").onAccent, "#14181f");
  });

  it("takes the product's own colour where the site's is no colour", () => {
    assert.equal(makeAccent("url(x)", "light").accent, "#2457d6");
  });

  it("measures contrast as WCAG does", () => {
    assert.equal(contrast("#000000", "#ffffff"), 21);
    assert.equal(contrast("#777777", "#ffffff").toFixed(2), "4.48");
  });
});
