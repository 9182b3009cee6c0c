import Cookies from "js-cookie";

export type CookieName = "porchlight_chat" | "porchlight_consent" | "porchlight_aid";
const names: readonly CookieName[] = ["porchlight_chat", "porchlight_consent", "porchlight_aid"];

/** The visitor's cookies: first-party, of the host page. A page that allows none behaves as an empty jar. */
export interface CookieJar {
  read: (name: CookieName) => string;
  /** `days` 0: ends with the browser. Returns whether it is really there afterwards. */
  write: (name: CookieName, value: string, days: number) => boolean;
  clear: (...which: CookieName[]) => void;
  /** Whether this page may keep cookies at all; asks without leaving one behind. */
  works: () => boolean;
}

/** 180 days: only after preferences were granted. */
export const keptDays = 180;

export function makeCookieJar(): CookieJar {
  const secure = location.protocol === "https:";
  const read = (name: CookieName): string => {
    try {
      return Cookies.get(name) ?? "";
    } catch {
      return "";
    }
  };
  return {
    read,
    write(name, value, days) {
      try {
        Cookies.set(name, value, {
          path: "/",
          sameSite: "Lax",
          secure,
          ...(days > 0 ? { "max-age": String(days * 86_400) } : {}),
        });
      } catch {
        return false;
      }
      return read(name) === value;
    },
    works() {
      try {
        return navigator.cookieEnabled && typeof document.cookie === "string";
      } catch {
        return false;
      }
    },
    clear(...which) {
      for (const name of which.length > 0 ? which : names) {
        try {
          Cookies.remove(name, { path: "/" });
        } catch {
          // Nothing was there.
        }
      }
    },
  };
}
