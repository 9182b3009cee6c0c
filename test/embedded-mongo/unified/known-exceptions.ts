/** Tests that do not hold here, each with the reason that the README of the embedded store gives. */
export const knownExceptions: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /collation/i, reason: "collations other than simple are refused" },
];
