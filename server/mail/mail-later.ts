import type { OutgoingMail } from "./outgoing-mail.js";
import { sendSingleMail, type SendDeps } from "./send-mail.js";

interface Deps extends SendDeps {
  retryAfterMs: number[];
}

export interface MailLater {
  /** Sends in the background; what the mail server does not take now is tried again. */
  send(mail: OutgoingMail): void;
  /** Finishes the hand-offs that run; what waits for a further try is given up. */
  stop(): Promise<void>;
}

/** Single mails whose sender does not wait for them, so that an answer's time tells nothing. */
export function openMailLater(deps: Deps): MailLater {
  const running = new Set<Promise<void>>();
  const timers = new Set<NodeJS.Timeout>();
  let stopping = false;

  function attempt(mail: OutgoingMail, tries: number): void {
    if (stopping) return;
    const run = sendSingleMail(deps, mail)
      .then((delivery) => {
        const wait = deps.retryAfterMs[tries];
        if (delivery.state !== "later" || wait === undefined || stopping) return;
        const timer = setTimeout(() => {
          timers.delete(timer);
          attempt(mail, tries + 1);
        }, wait);
        timers.add(timer);
      })
      .catch((error: unknown) => deps.log.error({ err: error }, "a mail was not sent"))
      .finally(() => running.delete(run));
    running.add(run);
  }

  return {
    send: (mail) => attempt(mail, 0),
    async stop() {
      stopping = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}
