/** Why a mail did not leave, for people. A reason that is new to this page is shown as it came. */
const words: Record<string, string> = {
  suppressed: "they stopped mail",
  unconfirmed: "they did not confirm",
  not_confirmed: "they did not confirm",
  smtp: "the mail server did not take it",
  smtp_failed: "the mail server did not take it",
  not_sent: "no mail server is set; it waits in the outbox",
  marketing_off: "mailings are switched off",
};

export function tellRefusal(reason: string): string {
  return words[reason] ?? reason.replaceAll("_", " ");
}
