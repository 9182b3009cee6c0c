import { makeToken, tokenPattern } from "../../shared/ids.js";
import type { CookieJar } from "../net/visitor-cookies.js";

/**
 * Who this browser is to the server: a random token that exists in memory from the moment the panel
 * opens and in the cookie `porchlight_chat` from the first send (or the first grant) on.
 * The cookie is shared by all tabs, so it always outweighs what a tab holds in memory.
 */
export interface Identity {
  /** The token in force; made if there is none. */
  token: () => string;
  /** The cookie's token, or null: nothing was kept yet. */
  kept: () => string | null;
  /** A conversation was begun under the kept token (a grant alone keeps a token too). */
  begun: () => boolean;
  /** Writes the cookie. False where this browser keeps none. */
  keep: (how: { begun: boolean; days: number }) => boolean;
  /** Ends this identity here; the next token is a new one. */
  drop: () => void;
}

const idleMark = ".idle";

/** `storeNothing`: the visitor chose that this browser keeps nothing; the token stays in memory. */
export function makeIdentity(
  jar: CookieJar,
  random: Crypto,
  storeNothing: () => boolean,
): Identity {
  let memory: string | null = null;
  const kept = (): string | null => {
    const token = jar.read("porchlight_chat").replace(idleMark, "");
    return tokenPattern.test(token) ? token : null;
  };
  const token = (): string => {
    memory = kept() ?? memory ?? makeToken((bytes) => random.getRandomValues(bytes));
    return memory;
  };
  const begun = (): boolean => kept() !== null && !jar.read("porchlight_chat").endsWith(idleMark);
  return {
    token,
    kept,
    begun,
    keep: (how) =>
      !storeNothing() &&
      jar.write("porchlight_chat", token() + (how.begun || begun() ? "" : idleMark), how.days),
    drop() {
      memory = null;
      jar.clear("porchlight_chat");
    },
  };
}
