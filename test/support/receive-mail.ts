import { once } from "node:events";
import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";

export interface ReceivedMail extends Email {
  /** The recipient that the sender named in the dialogue (RFC 5321, RCPT TO). */
  recipients: string[];
  /** The message as it came over the line. */
  raw: string;
}

export interface MailReceiver {
  /** For `SMTP_URL`. */
  url: string;
  /** Everything received so far, oldest first. */
  received: ReceivedMail[];
  /** Resolves with the first mail that fits, now or later. Rejects after `timeout` ms, saying what came. */
  waitFor(fits: (mail: ReceivedMail) => boolean, timeout?: number): Promise<ReceivedMail>;
  /** While it returns a code and text, RCPT TO is refused so. */
  refuse: ((recipient: string) => { code: number; text: string } | null) | null;
  stop(): Promise<void>;
}

/** A real SMTP server on loopback that keeps what it is given. */
export async function receiveMail(): Promise<MailReceiver> {
  const received: ReceivedMail[] = [];
  const waiting = new Set<() => void>();
  const receiver: MailReceiver = {
    url: "",
    received,
    refuse: null,
    waitFor: (fits, timeout = 10_000) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const mail = received.find(fits);
          if (mail === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(mail);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          const came = received.map((mail) => `${mail.recipients.join()}: ${mail.subject ?? ""}`);
          reject(new Error(`No such mail within ${timeout} ms. Received: ${came.join("; ")}`));
        }, timeout);
        waiting.add(look);
        look();
      }),
    stop: () => new Promise((done) => server.close(done)),
  };

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    logger: false,
    onRcptTo(address, _session, done) {
      const refusal = receiver.refuse?.(address.address) ?? null;
      if (refusal === null) {
        done();
        return;
      }
      done(Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const raw = Buffer.concat(chunks);
        PostalMime.parse(raw).then(
          (mail) => {
            const recipients = session.envelope.rcptTo.map((recipient) => recipient.address);
            received.push({ ...mail, recipients, raw: raw.toString("latin1") });
            for (const look of [...waiting]) look();
            done();
          },
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        );
      });
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  receiver.url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  return receiver;
}
