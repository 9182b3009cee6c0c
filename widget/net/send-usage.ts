import { paths } from "../../shared/paths.js";
import type { TelemetryCounts } from "../../shared/privacy.js";

/** Numbers by name, to the chat's own server and nowhere else; nobody waits for an answer. */
export function sendUsage(server: string, key: string, counts: TelemetryCounts): void {
  navigator.sendBeacon(server + paths.telemetry(key), JSON.stringify(counts));
}
