import type { PanelNotice } from "../../shared/wire.js";
import type { ConsentClient } from "./consent-client.js";

/** Whether the question stands open: never answered, or answered to an older policy. */
export function isAsked(consent: ConsentClient, notice: PanelNotice): boolean {
  const { state, storeNothing } = consent;
  if (storeNothing.value) return false;
  return state.value === null || state.value.policyVersion < notice.policyVersion;
}
