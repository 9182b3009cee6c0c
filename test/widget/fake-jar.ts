import type { CookieJar, CookieName } from "../../widget/net/visitor-cookies.js";

/** A browser's cookies of one page, with their life in days (0: until the browser closes). */
export class FakeJar implements CookieJar {
  cookies = new Map<CookieName, { value: string; days: number }>();
  refuses = false;
  read = (name: CookieName): string => this.cookies.get(name)?.value ?? "";
  write = (name: CookieName, value: string, days: number): boolean => {
    if (this.refuses) return false;
    this.cookies.set(name, { value, days });
    return true;
  };
  clear = (...which: CookieName[]): void => {
    for (const name of which.length > 0 ? which : [...this.cookies.keys()])
      this.cookies.delete(name);
  };
  works = (): boolean => !this.refuses;
  /** Names with their lives, in order: `{ porchlight_chat: 0 }`. */
  get lives(): Record<string, number> {
    return Object.fromEntries(
      [...this.cookies].map(([name, { days }]) => [name, days] as const).sort(),
    );
  }
}
