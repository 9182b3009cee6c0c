/** Tests that do not hold here, each with the reason that the README of the embedded store gives. */
export const knownExceptions: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /collation/i, reason: "collations other than simple are refused" },
  { pattern: /on views/, reason: "views are refused" },
  {
    pattern: /document validation errInfo/,
    reason: "collection validators are refused",
  },
  {
    pattern: /gridfs\/download.json: download when final chunk is missing/,
    reason: "judges the driver, and this one does not notice, whatever the server",
  },
];
