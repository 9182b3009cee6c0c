import assert from "node:assert/strict";
import { ruleSections } from "../../dashboard/state/rule-fields.js";
import {
  changedRules,
  readRule,
  writeRule,
  type RuleValue,
} from "../../dashboard/state/rule-values.js";
import { rulesChangeSchema } from "../../server/sites/site-schemas.js";
import { defaultRules } from "../../shared/site-rules.js";

const fields = ruleSections.flatMap((section) => section.fields);

describe("dashboard: the table of rules", () => {
  it("shows every rule of a site, each once", () => {
    const shown = fields.map((field) => `${field.group}.${field.name}`).sort();
    const all = Object.entries(defaultRules)
      .flatMap(([group, rules]) => Object.keys(rules as object).map((name) => `${group}.${name}`))
      .sort();
    assert.deepEqual(shown, all);
  });

  it("offers only values that the server takes, and the default among them", () => {
    for (const field of fields) {
      const value = readRule(defaultRules, field);
      const values: RuleValue[] =
        field.kind === "switch"
          ? [true, false]
          : field.kind === "choice"
            ? field.options.map((option) => option.value)
            : [field.min, field.max];
      if (field.kind === "number")
        assert.ok(Number(value) >= field.min && Number(value) <= field.max, field.label);
      else assert.ok(values.includes(value), field.label);
      for (const one of values) {
        const change = { [field.group]: { [field.name]: one } };
        assert.ok(rulesChangeSchema.safeParse(change).success, `${field.label}: ${one}`);
      }
    }
  });

  it("sends only what was changed", () => {
    const field = fields.find((one) => one.name === "originalHours");
    assert.ok(field !== undefined);
    const after = writeRule(defaultRules, field, 5);
    assert.deepEqual(changedRules(defaultRules, after), { retention: { originalHours: 5 } });
    assert.deepEqual(changedRules(defaultRules, defaultRules), {});
    assert.equal(defaultRules.retention.originalHours, 2);
  });
});
