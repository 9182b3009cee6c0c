import ipaddr from "ipaddr.js";
import { createTransport } from "nodemailer";

/** A mail in its final form. */
export interface ReadyMail {
  to: string;
  from: { name: string; address: string };
  replyTo: string | null;
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
}

/**
 * What became of a hand-off. `later`: not taken now, may be tried again. `unknown`: the connection
 * ended after the text was sent, so it may have been taken.
 */
export type HandOver = "taken" | "refused" | "later" | "unknown";

export interface Transport {
  handOver(mail: ReadyMail): Promise<HandOver>;
  /** Ends what runs as `unknown`, and every connection. */
  close(): void;
}

/** SMTP by `SMTP_URL`. Beyond this machine nothing is sent without TLS (JPEGR-11). */
export function openTransport(smtpUrl: string): Transport {
  const url = new URL(smtpUrl);
  const direct = url.protocol === "smtps:";
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (direct ? 465 : 587) : Number(url.port),
    secure: direct,
    requireTLS: !direct && !isLoopback(url.hostname),
    ...(url.username === ""
      ? {}
      : {
          auth: {
            user: decodeURIComponent(url.username),
            pass: decodeURIComponent(url.password),
          },
        }),
    pool: true,
    maxConnections: 5,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 60_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  let cut: () => void = () => undefined;
  const closed = new Promise<HandOver>((resolve) => {
    cut = () => resolve("unknown");
  });
  return {
    handOver({ headers, replyTo, ...mail }) {
      const handed = transport
        .sendMail({ ...mail, headers, ...(replyTo === null ? {} : { replyTo }) })
        .then((): HandOver => "taken", judge);
      return Promise.race([handed, closed]);
    },
    close() {
      cut();
      transport.close();
    },
  };
}

/** RFC 5321, section 4.2.1: 4yz may be tried again, 5yz must not. */
function judge(error: unknown): HandOver {
  if (!(error instanceof Error)) return "later";
  const told = (name: string): string => (name in error ? String(Reflect.get(error, name)) : "");
  const status = Number(told("responseCode")) || 0;
  if (status >= 500) return "refused";
  if (status >= 400) return "later";
  if (told("code") === "EENVELOPE") return "refused";
  // A session that broke off: nobody knows whether the text had been taken.
  const broken =
    told("code") === "ECONNECTION" ||
    told("timeoutType") === "SOCKET_TIMEOUT" ||
    /^(ECONNRESET|EPIPE)$/.test(told("originalCode"));
  return broken ? "unknown" : "later";
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  return (
    bare === "localhost" || (ipaddr.isValid(bare) && ipaddr.process(bare).range() === "loopback")
  );
}
