/** Full jitter: any moment up to the bound, so that a crowd of clients never comes back together. */
export function backOffMs(attempt: number, random: () => number): number {
  return random() * Math.min(30_000, 1_000 * 2 ** Math.min(attempt, 10));
}
