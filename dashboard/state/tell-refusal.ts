/** Why a mail did not leave, for people. A reason that is new to this page is shown as it came. */
const words: Record<string, string> = {
  suppressed: "they stopped mail",
  not_confirmed: "they did not confirm",
  erased: "they had their data erased",
  smtp: "the mail server did not take it",
  not_sent: "no mail server is set; it waits in the outbox",
  marketing_off: "mailings are switched off",
  interrupted: "the server stopped while it was sent",
};

export function tellRefusal(reason: string): string {
  return words[reason] ?? reason.replaceAll("_", " ");
}
