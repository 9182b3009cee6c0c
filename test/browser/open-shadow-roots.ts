/**
 * For `addInitScript`: makes the widget's closed shadow root open, so that a test can look inside.
 * Nothing else of the page changes.
 */
export const openShadowRoots = `{
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) {
    return attach.call(this, { ...init, mode: "open" });
  };
}`;
