import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ipaddr from "ipaddr.js";
import {
  avifMoments,
  defaultPhotoSettings,
  type PhotoSettings,
} from "./attachments/rendition-specs.js";
import { rateDefaults, type Rates } from "./infra/rate-limits.js";
import { limits as sizeDefaults } from "../shared/limits.js";
import type { Sizes } from "../shared/wire.js";

/** A UTF-16 unit is at most six bytes of JSON: a whole draft must fit the sockets' 100,000 bytes, or it would cut the link. */
const MOST_TEXT = 16_000;

export interface Config {
  host: string;
  /** Dashboard and chat. */
  port: number;
  /** The demo shop; null where it is switched off. */
  demoPort: number | null;
  /** What the script tag and every link use; decides the cookies' flags. Never has a path. */
  publicUrl: URL;
  dataDir: string;
  /** Null: the embedded store in `dataDir`. */
  mongoUrl: string | null;
  /** Null: one node, in memory. */
  redisUrl: string | null;
  keysFile: string;
  journalDir: string;
  /** Null: mail waits in the outbox. */
  smtpUrl: string | null;
  /** Name and address of the sender, as in a From header. */
  mailFrom: string;
  /** The same for news, so that complaints about it do not harm the other mail. */
  newsFrom: string;
  /** Pauses between tries of a mail that the mail server does not take now. */
  mailRetrySeconds: number[];
  /** Addresses and ranges whose `X-Forwarded-*` headers are believed. */
  trustProxy: string[];
  /** Header in which a trusted proxy tells the visitor's country, lower case; null: countries are not recorded. */
  countryHeader: string | null;
  logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "silent";
  production: boolean;
  /** The built files: this file's own folder is `dist/server`. */
  distDir: string;
  limits: Sizes;
  photos: PhotoSettings;
  rates: Rates;
  sockets: {
    /** Seconds between two heartbeats, and how long an answer may take. */
    pingInterval: number;
    pingTimeout: number;
    /** Seconds in which clients leave a node that stops. */
    drain: number;
    /** Bytes that may wait for one slow reader before it is cut. */
    maxWaiting: number;
  };
}

/** Every problem of the environment at once, each naming its variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(readonly problems: string[]) {
    super(`The configuration has problems:\n${problems.map((line) => `  - ${line}`).join("\n")}`);
  }
}

type Environment = Record<string, string | undefined>;
type ReadText = (name: string) => string | null;
/** A whole number from `min` to `max`. */
type ReadNumber = (name: string, fallback: number, min: number, max: number) => number;

/** The one place that reads the environment. @throws ConfigError */
export function readConfig(env: Environment = process.env): Config {
  const problems: string[] = [];
  const text: ReadText = (name) => {
    const value = env[name]?.trim();
    return value === undefined || value === "" ? null : value;
  };
  const number: ReadNumber = (name, fallback, min, max) => {
    const value = text(name);
    if (value === null) return fallback;
    const parsed = Number(value);
    if (Number.isInteger(parsed) && parsed >= min && parsed <= max) return parsed;
    problems.push(`${name} must be a whole number from ${min} to ${max}.`);
    return fallback;
  };
  const url = (name: string, schemes: string[]): string | null => {
    const value = text(name);
    if (value === null) return null;
    if (URL.canParse(value) || /^mongodb(\+srv)?:\/\/[^/]+/.test(value)) {
      if (schemes.some((scheme) => value.startsWith(`${scheme}://`))) return value;
    }
    problems.push(`${name} must be an address that begins with ${schemes.join(":// or ")}://.`);
    return null;
  };

  const host = text("HOST") ?? "127.0.0.1";
  const port = number("PORT", 3000, 1, 65_535);
  const demoPort = text("DEMO_PORT") === "off" ? null : number("DEMO_PORT", 3001, 1, 65_535);
  if (demoPort === port) problems.push("DEMO_PORT must differ from PORT (or be off).");

  const publicUrl = new URL(url("PUBLIC_URL", ["http", "https"]) ?? `http://localhost:${port}`);
  if (publicUrl.pathname !== "/" || publicUrl.search !== "" || publicUrl.username !== "")
    problems.push("PUBLIC_URL must be an origin alone, such as https://chat.example.");
  if (!isLoopback(host) && publicUrl.protocol === "http:" && text("ALLOW_HTTP") !== "1")
    problems.push(
      "HOST reaches beyond this machine while PUBLIC_URL is http: set PUBLIC_URL to the https address people use, or ALLOW_HTTP=1 to send everything in the clear.",
    );

  const dataDir = resolve(text("DATA_DIR") ?? ".porchlight");
  const mongoUrl = url("MONGO_URL", ["mongodb", "mongodb+srv"]);
  const keysFile = text("KEYS_FILE");
  if (text("MONGO_URL") !== null && keysFile === null)
    problems.push("KEYS_FILE must name the keys file when MONGO_URL is set.");

  if (text("REDIS_URL") !== null && text("MONGO_URL") === null)
    problems.push(
      "REDIS_URL makes several nodes one, and they must share a store: set MONGO_URL, too.",
    );

  const logLevel = oneOf(text("LOG_LEVEL") ?? "info", logLevels);
  if (logLevel === null) problems.push(`LOG_LEVEL must be one of ${logLevels.join(", ")}.`);

  const trustProxy = (text("TRUST_PROXY") ?? "").split(",").map((part) => part.trim());
  for (const part of trustProxy.filter((part) => part !== "")) {
    if (!ipaddr.isValid(part) && !ipaddr.isValidCIDR(part) && part !== "loopback")
      problems.push(
        `TRUST_PROXY must list addresses or ranges, such as 10.0.0.0/8, or loopback: "${part}" is neither.`,
      );
  }
  const mailFrom = text("MAIL_FROM") ?? `no-reply@${publicUrl.hostname}`;
  const newsFrom = text("MAIL_FROM_NEWS") ?? mailFrom;
  for (const [name, value] of Object.entries({ MAIL_FROM: mailFrom, MAIL_FROM_NEWS: newsFrom }))
    if (!/^[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>$|^[^<>@\s]+@[^<>@\s]+$/.test(value))
      problems.push(`${name} must be an address, or a name and an address in angle brackets.`);
  const mailRetry = text("MAIL_RETRY_SECONDS") ?? "60,300,1800,7200";
  if (!/^\d{1,6}(,\d{1,6})*$/.test(mailRetry))
    problems.push("MAIL_RETRY_SECONDS must list seconds, such as 60,300,1800.");

  const config: Config = {
    host,
    port,
    demoPort,
    publicUrl,
    dataDir,
    mongoUrl,
    redisUrl: url("REDIS_URL", ["redis", "rediss"]),
    keysFile: keysFile === null ? resolve(dataDir, "keys.json") : resolve(keysFile),
    journalDir: resolve(text("JOURNAL_DIR") ?? resolve(dataDir, "journal")),
    smtpUrl: url("SMTP_URL", ["smtp", "smtps"]),
    mailFrom,
    newsFrom,
    mailRetrySeconds: mailRetry.split(",").map(Number),
    trustProxy: trustProxy.filter((part) => part !== ""),
    countryHeader: text("COUNTRY_HEADER")?.toLowerCase() ?? null,
    logLevel: logLevel ?? "info",
    production: text("NODE_ENV") === "production",
    distDir: fileURLToPath(new URL("..", import.meta.url)),
    limits: {
      messageText: number("MAX_MESSAGE_TEXT", sizeDefaults.messageText, 1, MOST_TEXT),
      uploadBytes:
        number("MAX_UPLOAD_MB", sizeDefaults.uploadBytes / 1024 / 1024, 1, 200) * 1024 * 1024,
    },
    photos: readPhotoSettings(text, number, problems),
    rates: readRates(text, problems),
    sockets: {
      pingInterval: number("PING_INTERVAL", 25, 1, 300),
      pingTimeout: number("PING_TIMEOUT", 20, 1, 300),
      drain: number("DRAIN_SECONDS", 4, 0, 60),
      maxWaiting: number("MAX_WAITING_BYTES", 1_000_000, 10_000, 100_000_000),
    },
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "silent"] as const;

function oneOf<T extends string>(value: string, allowed: readonly T[]): T | null {
  return allowed.find((one) => one === value) ?? null;
}

function readPhotoSettings(text: ReadText, number: ReadNumber, problems: string[]): PhotoSettings {
  const usual = defaultPhotoSettings;
  const million = 1_000_000;
  const mebibyte = 1024 * 1024;
  const pixels = (name: string, fallback: number): number =>
    number(name, fallback / million, 1, 500) * million;
  const most = pixels("MAX_UPLOAD_MEGAPIXELS", usual.pixelLimits.jpeg);
  const png = pixels("MAX_PNG_MEGAPIXELS", Math.min(most, usual.pixelLimits.png));
  const heif = pixels("MAX_HEIF_MEGAPIXELS", Math.min(most, usual.pixelLimits.avif));
  const avif = oneOf(text("PHOTO_AVIF") ?? usual.avif, avifMoments);
  if (avif === null) problems.push(`PHOTO_AVIF must be one of ${avifMoments.join(", ")}.`);
  return {
    pixelLimits: { jpeg: most, webp: most, png, gif: png, avif: heif, heic: heif },
    animationPixels: pixels("MAX_ANIMATION_MEGAPIXELS", usual.animationPixels),
    targetScore: number("PHOTO_TARGET", usual.targetScore, 50, 95),
    timeLimitMs: number("PHOTO_SECONDS", usual.timeLimitMs / 1000, 1, 120) * 1000,
    workers: number("PHOTO_WORKERS", usual.workers, 1, 64),
    admitted: number("PHOTO_QUEUE", usual.admitted, 1, 1000),
    admittedPerSite: number("PHOTO_QUEUE_SITE", usual.admittedPerSite, 1, 1000),
    admittedBytes: number("PHOTO_QUEUE_MB", usual.admittedBytes / mebibyte, 1, 10_000) * mebibyte,
    receivedPerSender: number("PHOTO_UPLOADS", usual.receivedPerSender, 1, 1000),
    receivedPerAddress: number("PHOTO_UPLOADS_ADDRESS", usual.receivedPerAddress, 1, 1000),
    avif: avif ?? usual.avif,
  };
}

/** `RATE_SIGN_IN_ADDRESS=30/900`: 30 acts in 900 seconds. */
function readRates(text: ReadText, problems: string[]): Rates {
  const rates: Rates = structuredClone(rateDefaults);
  for (const [name, scopes] of Object.entries(rates)) {
    for (const [scope, rate] of Object.entries(scopes)) {
      const words = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
      const variable = `RATE_${words}_${scope.toUpperCase()}`;
      const value = text(variable);
      if (value === null) continue;
      const match = /^([1-9]\d{0,8})\/([1-9]\d{0,6})$/.exec(value);
      if (match === null)
        problems.push(`${variable} must be like 30/60: so many in so many seconds.`);
      else Object.assign(rate, { points: Number(match[1]), seconds: Number(match[2]) });
    }
  }
  return rates;
}

function isLoopback(host: string): boolean {
  if (host === "localhost") return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback";
}
