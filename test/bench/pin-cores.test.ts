import assert from "node:assert/strict";
import { parseCores } from "../../bench/pin-cores.js";

describe("the cores that a process may use", () => {
  it("are read from Linux' list of them", () => {
    assert.deepEqual(parseCores("0-1"), [0, 1]);
    assert.deepEqual(parseCores("3"), [3]);
    assert.deepEqual(parseCores("0,2-4,8"), [0, 2, 3, 4, 8]);
  });

  it("are none where the list says nothing", () => {
    assert.deepEqual(parseCores(""), []);
    assert.deepEqual(parseCores("none"), []);
  });
});
