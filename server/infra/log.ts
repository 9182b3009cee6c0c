import { isIPv6 } from "node:net";
import { pino } from "pino";

export type Log = pino.Logger;

interface LogConfig {
  logLevel: string;
}

/** Paths whose segments are secrets, and what a log shows in their place. */
const secretPaths: [RegExp, string][] = [
  [/^\/u\/.*/, "/u/:token"],
  [/^\/confirm\/.*/, "/confirm/:token"],
  [/^\/a\/.*/, "/a/:signed"],
];

/** Who asks chooses the length; what a log needs of it is the beginning. */
const pathMax = 200;
const textMax = 4000;

/** A request's path as a log may show it: no query, no token, no signed part. */
export function maskUrl(url: string): string {
  const path = (url.split(/[?#]/, 1)[0] ?? "").slice(0, pathMax);
  for (const [pattern, shown] of secretPaths) if (pattern.test(path)) return shown;
  return scrubText(path);
}

const mailAddress = /[^\s"'<>(),:;[\]/]{1,64}(?:@|%40)[^\s"'<>(),:;[\]/]{1,255}/g;
const longToken = /[A-Za-z0-9_-]{40,}/g;
const ipv4 = /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g;
const ipv6 = /[0-9A-Fa-f:.]{3,45}/g;
const queryString = /\?[^\s"'<>]*/g;

/**
 * Free text (an error's message) without mail addresses, tokens, query strings and IP addresses. Every
 * pattern takes time in proportion to the text, whatever it says.
 */
export function scrubText(text: string): string {
  return text
    .slice(0, textMax)
    .replace(/dup key:.*$/gm, "dup key")
    .replace(queryString, "")
    .replace(mailAddress, ":mail")
    .replace(longToken, ":token")
    .replace(ipv6, (address) => (isIPv6(address) && address !== "::1" ? ":address" : address))
    .replace(ipv4, (address) => (address === "127.0.0.1" ? address : ":address"));
}

interface LoggedError {
  type: string;
  code?: string;
  message: string;
  stack?: string;
  cause?: LoggedError;
}

/** Only these fields are logged: errors of drivers carry the whole command, with people's data in it. */
function presentError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: "not an Error" };
  const logged: LoggedError = { type: error.name, message: scrubText(error.message) };
  if ("code" in error && (typeof error.code === "string" || typeof error.code === "number"))
    logged.code = String(error.code);
  if (error.stack !== undefined) {
    // The stack repeats the message: its frames alone are kept.
    const frames = error.stack.split("\n").filter((line) => line.trimStart().startsWith("at "));
    logged.stack = frames.slice(0, 12).join("\n");
  }
  if (error.cause !== undefined && depth < 3) logged.cause = presentError(error.cause, depth + 1);
  return logged;
}

/**
 * Logs are JSON lines on stderr. They hold no full IP or mail address, no query string, no token and
 * no text of a message; what a caller passes by mistake under a telling name is removed.
 */
export function createLog(config: LogConfig, destination?: pino.DestinationStream): Log {
  const secretNames = [
    "email",
    "to",
    "from",
    "text",
    "subject",
    "token",
    "password",
    "cookie",
    "authorization",
    "url",
    "ip",
  ];
  return pino(
    {
      level: config.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), remove: true },
      serializers: { err: (error: unknown) => presentError(error) },
    },
    destination ?? pino.destination({ dest: 2, sync: false }),
  );
}
