import type { Choices } from "../../shared/consent.js";
import { noChoices } from "../../shared/consent.js";

interface TcfData {
  tcString?: unknown;
  eventStatus?: unknown;
  gdprApplies?: unknown;
  listenerId?: unknown;
  purpose?: { consents?: Record<string, unknown> };
}
type TcfApi = (
  command: string,
  version: 2,
  callback: (data: TcfData | null, success: boolean) => void,
  parameter?: unknown,
) => void;

/**
 * Follows a consent platform of the page (IAB TCF, API version 2). Purpose 1 (storing on the device)
 * and purpose 8 or 9 are not ours to interpret one by one: only purposes 1 and 8 (measure content)
 * together count as a yes to analytics, and preferences follow purpose 1 never by themselves.
 * Returns a stop, or null where the page has no such platform.
 */
export function watchTcf(answered: (choices: Choices) => void): (() => void) | null {
  const { __tcfapi: api } = window as { __tcfapi?: TcfApi };
  if (typeof api !== "function") return null;
  let listener: unknown = null;
  let last = "";
  api("addEventListener", 2, (data, success) => {
    if (!success || !data) return;
    listener = data.listenerId;
    if (data.eventStatus !== "tcloaded" && data.eventStatus !== "useractioncomplete") return;
    const choices = readTcf(data);
    const key = JSON.stringify(choices);
    if (key === last) return;
    last = key;
    answered(choices);
  });
  return () => api("removeEventListener", 2, () => {}, listener);
}

/** Pure. `gdprApplies` false is no yes: only an explicit consent is. */
export function readTcf(data: Pick<TcfData, "purpose">): Choices {
  const consents = data.purpose?.consents ?? {};
  return { ...noChoices, analytics: consents["1"] === true && consents["8"] === true };
}
