import { BSONRegExp } from "bson";
import { compareStrings } from "../../bson/compare.js";
import { isNumber, typeNameOf, type Doc, type Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import { compileLinear } from "../../query/regular-expression.js";
import type { OperatorTable } from "../expression.js";
import { stringFrom } from "./convert.js";
import { int, int32Of, isNullish, named, shownType, strict, stringOf } from "./operands.js";

/** No document could hold more. */
const maxText = 16 * 1024 * 1024;

/** As text operators take their operand: numbers and dates as text, null as "". */
function textOf(name: string, value: Value | undefined): string {
  if (isNullish(value)) return "";
  if (typeof value === "string") return value;
  if (isNumber(value) || value instanceof Date) return stringFrom(value);
  throw mongoError(16007, `can't convert from BSON type ${typeNameOf(value)} to String in ${name}`);
}

/** MongoDB changes the case of ASCII letters only. */
function asciiCase(text: string, upper: boolean): string {
  return text.replace(upper ? /[a-z]+/g : /[A-Z]+/g, (letters) =>
    upper ? letters.toUpperCase() : letters.toLowerCase(),
  );
}

function substring(name: string, values: (Value | undefined)[]): string {
  const text = textOf(name, values[0]);
  const bad = () => mongoError(16034, `${name}: starting index and length must be integers`);
  const from = int32Of(values[1], bad);
  const length = int32Of(values[2], bad);
  if (name === "$substrCP") {
    if (from < 0 || length < 0)
      throw mongoError(34451, "$substrCP: starting index and length must be non-negative integers");
    return Array.from(text)
      .slice(from, from + length)
      .join("");
  }
  if (from < 0)
    throw mongoError(50752, `${name}: starting index must be non-negative (got: ${from})`);
  const bytes = Buffer.from(text);
  const to = length < 0 ? bytes.length : Math.min(bytes.length, from + length);
  const isMiddle = (at: number) => ((bytes[at] ?? 0) & 0xc0) === 0x80;
  if (isMiddle(from))
    throw mongoError(
      28656,
      `${name}:  Invalid range, starting index is a UTF-8 continuation byte.`,
    );
  if (isMiddle(to))
    throw mongoError(
      28657,
      `${name}:  Invalid range, ending index is in the middle of a UTF-8 character.`,
    );
  return bytes.subarray(from, to).toString("utf8");
}

function indexOf(name: string, values: (Value | undefined)[]): Value {
  const [text, wanted, start, end] = values;
  if (isNullish(text)) return null;
  const byBytes = name === "$indexOfBytes";
  const code = byBytes ? 40091 : 40093;
  const units = byBytes
    ? [...Buffer.from(stringOf(name, text, code))]
    : Array.from(stringOf(name, text, code));
  const sought = byBytes
    ? [...Buffer.from(stringOf(name, wanted, code + 1))]
    : Array.from(stringOf(name, wanted, code + 1));
  const bound = (value: Value | undefined, otherwise: number) => {
    if (value === undefined) return otherwise;
    const at = int32Of(value, () => mongoError(40096, `${name} requires an integral index`));
    if (at < 0) throw mongoError(40097, `${name} requires a nonnegative index`);
    return at;
  };
  const from = bound(start, 0);
  const to = Math.min(bound(end, units.length), units.length);
  for (let at = from; at + sought.length <= to; at++)
    if (sought.every((unit, i) => units[at + i] === unit)) return int(at);
  return int(-1);
}

function trim(name: string, sides: { left: boolean; right: boolean }) {
  return named(name, ["input"], ["chars"], (values) => {
    const input = values.get("input");
    const chars = values.get("chars");
    if (isNullish(input) || (values.has("chars") && isNullish(chars))) return null;
    if (typeof input !== "string")
      throw mongoError(
        50699,
        `${name} requires its input to be a string, got ${typeNameOf(input)} instead.`,
      );
    if (chars !== undefined && typeof chars !== "string")
      throw mongoError(
        50700,
        `${name} requires 'chars' to be a string, got ${typeNameOf(chars)} instead.`,
      );
    const set = new Set(chars === undefined ? whiteSpace : Array.from(chars));
    const points = Array.from(input);
    let from = 0;
    let to = points.length;
    while (sides.left && from < to && set.has(points[from] ?? "")) from++;
    while (sides.right && to > from && set.has(points[to - 1] ?? "")) to--;
    return points.slice(from, to).join("");
  });
}

/** What `$trim` takes for white space. */
const whiteSpace =
  "\0\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a";

function replace(name: string, all: boolean) {
  return named(name, ["input", "find", "replacement"], [], (values) => {
    const input = values.get("input");
    const find = values.get("find");
    const replacement = values.get("replacement");
    for (const [, value] of values)
      if (!isNullish(value) && typeof value !== "string")
        throw mongoError(
          51746,
          `${name} requires that its arguments be strings, found: ${typeNameOf(value)}`,
        );
    if (typeof input !== "string" || typeof find !== "string" || typeof replacement !== "string")
      return null;
    return all ? input.replaceAll(find, () => replacement) : input.replace(find, () => replacement);
  });
}

type RegexMatch = { readonly text: string; readonly from: number; readonly captures: Value[] };

function findMatches(
  name: string,
  values: ReadonlyMap<string, Value | undefined>,
  all: boolean,
): RegexMatch[] | undefined {
  const input = values.get("input");
  const regex = values.get("regex");
  const options = values.get("options");
  if (!isNullish(options) && typeof options !== "string")
    throw mongoError(51106, `${name} needs 'options' to be of type string`);
  if (!isNullish(regex) && typeof regex !== "string" && !(regex instanceof BSONRegExp))
    throw mongoError(51105, `${name} needs 'regex' to be of type string or regex`);
  if (!isNullish(input) && typeof input !== "string")
    throw mongoError(51104, `${name} needs 'input' to be of type string`);
  if (typeof input !== "string" || isNullish(regex)) return undefined;
  const pattern = typeof regex === "string" ? regex : regex.pattern;
  const flags = typeof regex === "string" ? "" : regex.options;
  if (flags !== "" && typeof options === "string" && options !== "")
    throw mongoError(
      51107,
      `${name}: found regex options specified in both 'regex' and 'options' fields`,
    );
  const matcher = compileLinear(
    pattern,
    flags === "" ? (isNullish(options) ? "" : options) : flags,
  ).matcher(input);
  const found: RegexMatch[] = [];
  while (matcher.find()) {
    const captures: Value[] = [];
    for (let i = 1; i <= matcher.groupCount(); i++) captures.push(matcher.group(i) ?? null);
    found.push({ text: matcher.group() ?? "", from: matcher.start(), captures });
    if (!all) break;
  }
  return found;
}

function presentMatch(input: Value | undefined, match: RegexMatch): Doc {
  const before = typeof input === "string" ? input.slice(0, match.from) : "";
  return new Map<string, Value>([
    ["match", match.text],
    ["idx", int(Array.from(before).length)],
    ["captures", match.captures],
  ]);
}

export const stringOperators: OperatorTable = {
  $concat: strict("$concat", 0, Infinity, (values) => {
    let text = "";
    for (const value of values) {
      if (isNullish(value)) return null;
      if (typeof value !== "string")
        throw mongoError(16702, `$concat only supports strings, not ${typeNameOf(value)}`);
      text += value;
      if (text.length > maxText)
        throw mongoError(10334, `$concat made text of more than ${maxText} characters`);
    }
    return text;
  }),
  $toLower: strict("$toLower", 1, 1, ([value]) => asciiCase(textOf("$toLower", value), false)),
  $toUpper: strict("$toUpper", 1, 1, ([value]) => asciiCase(textOf("$toUpper", value), true)),
  $substr: strict("$substr", 3, 3, (values) => substring("$substr", values)),
  $substrBytes: strict("$substrBytes", 3, 3, (values) => substring("$substrBytes", values)),
  $substrCP: strict("$substrCP", 3, 3, (values) => substring("$substrCP", values)),
  $strLenBytes: strict("$strLenBytes", 1, 1, ([value]) =>
    int(Buffer.byteLength(stringOf("$strLenBytes", value, 34473))),
  ),
  $strLenCP: strict("$strLenCP", 1, 1, ([value]) =>
    int(Array.from(stringOf("$strLenCP", value, 34471)).length),
  ),
  $indexOfBytes: strict("$indexOfBytes", 2, 4, (values) => indexOf("$indexOfBytes", values)),
  $indexOfCP: strict("$indexOfCP", 2, 4, (values) => indexOf("$indexOfCP", values)),
  $split: strict("$split", 2, 2, ([text, separator]) => {
    if (isNullish(text) || isNullish(separator)) return null;
    if (typeof text !== "string" || typeof separator !== "string")
      throw mongoError(
        typeof text === "string" ? 40086 : 40085,
        `$split requires expressions that evaluate to strings, found: ${shownType(text)} and ${shownType(separator)}`,
      );
    if (separator === "") throw mongoError(40087, "$split requires a non-empty separator");
    return text.split(separator);
  }),
  $trim: trim("$trim", { left: true, right: true }),
  $ltrim: trim("$ltrim", { left: true, right: false }),
  $rtrim: trim("$rtrim", { left: false, right: true }),
  $replaceOne: replace("$replaceOne", false),
  $replaceAll: replace("$replaceAll", true),
  $strcasecmp: strict("$strcasecmp", 2, 2, ([left, right]) =>
    int(
      Math.sign(
        compareStrings(
          asciiCase(textOf("$strcasecmp", left), true),
          asciiCase(textOf("$strcasecmp", right), true),
        ),
      ),
    ),
  ),
  $regexMatch: named(
    "$regexMatch",
    ["input", "regex"],
    ["options"],
    (values) => (findMatches("$regexMatch", values, false)?.length ?? 0) > 0,
  ),
  $regexFind: named("$regexFind", ["input", "regex"], ["options"], (values) => {
    const [match] = findMatches("$regexFind", values, false) ?? [];
    return match === undefined ? null : presentMatch(values.get("input"), match);
  }),
  $regexFindAll: named("$regexFindAll", ["input", "regex"], ["options"], (values) =>
    (findMatches("$regexFindAll", values, true) ?? []).map((match) =>
      presentMatch(values.get("input"), match),
    ),
  ),
};
