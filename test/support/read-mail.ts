import type { ReceivedMail } from "./receive-mail.js";

/** The value of a header, unfolded. */
export function readHeader(mail: ReceivedMail, name: string): string | null {
  return mail.headers.find(({ key }) => key === name.toLowerCase())?.value ?? null;
}

/** The first link of a mail's text that holds `part`. */
export function findLink(mail: ReceivedMail, part: string): string {
  const link = (mail.text ?? "").match(/https?:\/\/\S+/g)?.find((url) => url.includes(part));
  if (link === undefined) throw new Error(`No link with ${part} in: ${mail.text ?? ""}`);
  return link;
}
