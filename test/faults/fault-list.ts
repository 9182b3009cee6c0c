import { findTool } from "../support/tools.js";
import { clientFaults } from "./client-faults.js";
import { erasureFault } from "./erasure-fault.js";
import { linkFaults } from "./link-faults.js";
import type { Fault } from "./play-fault.js";
import { processFaults } from "./process-faults.js";
import { restartFault } from "./restart-fault.js";
import { maySmallDisk } from "./small-disk.js";
import { storeFaults } from "./store-faults.js";

/** Every fault that is played: shortened by `npm test`, at full length by `npm run test:faults`. */
export const faults: Fault[] = [
  ...processFaults,
  ...linkFaults,
  ...clientFaults,
  ...storeFaults,
  erasureFault,
  restartFault,
];

/** Why a fault cannot be played on this machine; null when it can. */
export function whyNot(fault: Fault): string | null {
  if (fault.needs === "small disk") return maySmallDisk();
  if (fault.needs === "nginx" && findTool("nginx") === null) return "nginx is not on this machine";
  return null;
}
