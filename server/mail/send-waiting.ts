import { sendSingleMail, type SendDeps } from "./send-mail.js";

/**
 * Hands over what waited for a mail server, now that one is set: single mails, each asked about
 * again. Mailings stay where they are; their senders decide whether they still fit.
 */
export async function sendWaiting(deps: SendDeps): Promise<void> {
  if (deps.transport === null) return;
  for (const { id, mail } of await deps.outbox.findWaiting(deps.clock.now())) {
    const delivery = await sendSingleMail(deps, mail);
    // The mail server does not take it now: the next start tries again.
    if (delivery.state === "later") return;
    await deps.outbox.remove(id);
  }
}
