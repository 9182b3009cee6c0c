import type { BSONRegExp } from "bson";
import { RE2JS } from "re2js";
import { errorText } from "../error-text.js";
import { mongoError } from "../mongo-error.js";
import { patternSize } from "./pattern-size.js";

/** A compiled regular expression of a query, on an engine whose time is linear in the text. */
export interface RegexTest {
  test(text: string): boolean;
  /** What every match begins with, where the expression is anchored: the planner's range. */
  readonly prefix: string | undefined;
}

const metaCharacters = /[\\^$.|?*+()[\]{}]/;
const reFlags: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/**
 * Compiles a pattern in the syntax of PCRE, as MongoDB understands it. Throws 51108 for an unknown
 * flag, 51091 for a pattern that is wrong or needs what a linear engine cannot do (look-around,
 * back-references, atomic groups).
 */
export function compileRegex({ pattern, options }: BSONRegExp): RegexTest {
  for (const flag of options)
    if (!"imsxu".includes(flag)) throw mongoError(51108, `invalid flag in regex options: ${flag}`);
  const plain = options === "" || options === "u" || options === "s";
  if (plain && !metaCharacters.test(pattern))
    return { test: (text) => text.includes(pattern), prefix: undefined };
  if (plain && pattern.startsWith("^") && !metaCharacters.test(pattern.slice(1))) {
    const prefix = pattern.slice(1);
    return { test: (text) => text.startsWith(prefix), prefix };
  }
  const engine = compileLinear(pattern, options);
  return { test: (text) => engine.test(text), prefix: literalPrefix(pattern, options) };
}

const compiled = new Map<string, RE2JS>();
const maxCompiled = 200;

/**
 * The engine itself, for what needs more than yes or no. Throws as `compileRegex`. The last ones
 * used are kept: an expression may ask for the same one for every document.
 */
export function compileLinear(pattern: string, options: string): RE2JS {
  const key = `${options}/${pattern}`;
  let engine = compiled.get(key);
  if (engine === undefined) {
    engine = compileEngine(pattern, options);
    if (compiled.size >= maxCompiled) compiled.clear();
    compiled.set(key, engine);
  }
  return engine;
}

/** What compiles within a few milliseconds, on the thread that serves everybody. */
const maxPatternSize = 2000;

function compileEngine(pattern: string, options: string): RE2JS {
  if (patternSize(pattern) > maxPatternSize)
    throw mongoError(
      51091,
      `Regular expression is too large for this server: more than ${maxPatternSize} states`,
    );
  let flags = 0;
  for (const flag of options) flags |= reFlags[flag] ?? 0;
  try {
    return RE2JS.compile(translatePattern(pattern, options), flags);
  } catch (error) {
    const reason = errorText(error);
    throw mongoError(
      51091,
      `Regular expression is invalid or needs more than a linear-time engine: ${reason}`,
    );
  }
}

/**
 * PCRE and RE2 read a few things differently. `$` (without `m`) and `\Z` also match before a last
 * line feed, `\s` takes the vertical tab, and the flag `x` ignores white space and comments.
 */
function translatePattern(pattern: string, options: string): string {
  const extended = options.includes("x");
  const endAnchor = options.includes("m") ? "$" : "(?:\\n?\\z)";
  let out = "";
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === "\\") {
      i++;
      if (pattern.startsWith("Q", i) && !inClass) {
        const end = pattern.indexOf("\\E", i);
        const stop = end < 0 ? pattern.length : end;
        out += RE2JS.quote(pattern.slice(i + 1, stop));
        i = end < 0 ? stop : stop + 1;
      } else out += translateEscape(pattern.charAt(i), inClass);
    } else if (inClass) {
      if (char === "]") inClass = false;
      if (char === "[" && pattern.startsWith("[:", i)) {
        const end = pattern.indexOf(":]", i);
        if (end > 0) {
          out += pattern.slice(i, end + 2);
          i = end + 1;
          continue;
        }
      }
      out += char;
    } else if (char === "[") {
      inClass = true;
      const opening = /^\[\^?\]?/.exec(pattern.slice(i))?.[0] ?? "[";
      out += opening;
      i += opening.length - 1;
    } else if (char === "$") out += endAnchor;
    else if (extended && /\s/.test(char)) continue;
    else if (extended && char === "#") {
      const end = pattern.indexOf("\n", i);
      i = end < 0 ? pattern.length : end;
    } else out += char;
  }
  return out;
}

function translateEscape(char: string, inClass: boolean): string {
  if (char === "s") return inClass ? "\\s\\x0b" : "[\\s\\x0b]";
  if (char === "S" && !inClass) return "[^\\s\\x0b]";
  if (char === "Z" && !inClass) return "(?:\\n?\\z)";
  if (char === "h") return inClass ? "\\t " : "[\\t ]";
  return `\\${char}`;
}

/** The literal text after `^`, as far as it is sure to be there; case must matter. */
function literalPrefix(pattern: string, options: string): string | undefined {
  if (/[imx]/.test(options) || pattern.includes("|")) return undefined;
  const anchored = pattern.startsWith("^") ? 1 : pattern.startsWith("\\A") ? 2 : 0;
  if (anchored === 0) return undefined;
  let prefix = "";
  for (let i = anchored; i < pattern.length; i++) {
    let char = pattern.charAt(i);
    if (char === "\\") {
      char = pattern.charAt(++i);
      if (char === "" || /[\w]/.test(char)) break; // a class, an assertion, a quotation
    } else if (metaCharacters.test(char)) {
      // A quantifier may take the last character away again.
      if (/[*?{]/.test(char)) prefix = dropLast(prefix);
      break;
    }
    prefix += char;
  }
  return prefix === "" ? undefined : prefix;
}

/** Without the last code point. */
function dropLast(text: string): string {
  return Array.from(text).slice(0, -1).join("");
}
