import type { Clock } from "../infra/clock.js";
import { householdOf } from "../infra/networks.js";
import type { Rate } from "../infra/rate-limits.js";

/** Addresses counted in one window; of what comes beyond, in a flood, nothing is counted. */
const mostAddresses = 200_000;

/**
 * Whether an address stays within a rate. At once and in memory, unlike `RateLimits`: the pixel waits
 * for nothing. Windows follow one another, and nothing of an address outlives its window.
 */
export function createAddressMeter(clock: Clock, rate: Rate): (address: string) => boolean {
  const windowMs = rate.seconds * 1000;
  const counts = new Map<string, number>();
  let since = 0;
  return (address) => {
    const now = clock.now();
    if (Math.abs(now - since) >= windowMs) {
      counts.clear();
      since = now;
    }
    const name = householdOf(address);
    const count = counts.get(name) ?? 0;
    if (count >= rate.points || (count === 0 && counts.size >= mostAddresses)) return false;
    counts.set(name, count + 1);
    return true;
  };
}
