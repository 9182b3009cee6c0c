/** What stands where a part of a path could name a person or open a door. */
const masked = ":id";

const mailAddress = /[^\s/]{1,64}(?:@|%40)[^\s/]{1,255}/gi;
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const numeric = /^\+?\d[\d ().-]{6,}$/;
const ipAddress = /^(?:\d{1,3}\.){3}\d{1,3}$|^[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}$/i;

/** One run of letters and digits that no word would be. */
function looksRandom(run: string): boolean {
  if (run.length >= 32) return true;
  if (run.length < 12) return false;
  const digits = run.replaceAll(/\D/g, "").length;
  if (digits >= 2 && digits < run.length) return true;
  return run.length >= 16 && /[a-z][A-Z].*[a-z][A-Z]/.test(run) && /[A-Z]{2}/.test(run);
}

/** Whether a part of a path looks like an address or a token (JIVO-06). */
function isPersonal(segment: string): boolean {
  return (
    segment.includes("@") ||
    uuid.test(segment) ||
    numeric.test(segment) ||
    ipAddress.test(segment) ||
    segment.split(/[-_.~]/).some(looksRandom) ||
    (segment.length >= 40 && !segment.includes("-"))
  );
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * A page's path as it may be kept (JIVO-06): no query and no fragment, and `:id` in place of every
 * part that looks like an address or a token. At most 200 characters.
 */
export function cleanPath(path: string): string {
  const bare = path.split(/[?#;]/, 1)[0] ?? "";
  const segments = bare
    .split("/")
    .slice(0, 20)
    .map((segment) => {
      const plain = decode(segment);
      return isPersonal(plain) || plain.includes("/") ? masked : plain.replaceAll(/\p{Cc}/gu, "");
    });
  const cleaned = segments.join("/").slice(0, 200);
  return cleaned.startsWith("/") ? cleaned : `/${cleaned}`;
}

/** A title or campaign word without mail addresses and tokens, at most `length` characters. */
export function cleanText(text: string, length: number): string {
  return text
    .replaceAll(mailAddress, masked)
    .split(/(\s+)/)
    .map((word) => (isPersonal(word) ? masked : word))
    .join("")
    .replaceAll(/\p{Cc}/gu, " ")
    .trim()
    .slice(0, length);
}

/** A host name alone; empty for anything else, an IP address included. */
export function cleanHost(host: string): string {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  const valid = /^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(name);
  return valid && !ipAddress.test(name) ? name : "";
}
