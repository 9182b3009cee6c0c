import { Int32, Long, ObjectId, Timestamp } from "bson";
import { isNumber, typeNameOf, type Doc, type Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import { truncateToLong } from "../../query/value-tests.js";
import type { OperatorCompiler, OperatorTable } from "../expression.js";
import {
  addUnits,
  dayOfYear,
  differenceInUnits,
  isoWeek,
  parseUnit,
  truncateDate,
  weekOfYear,
} from "./calendar.js";
import { formatDate } from "./format-date.js";
import { int, int32Of, isNullish, isTrue, named, strict, stringOf } from "./operands.js";
import { fromWall, toWall, zoneOffset, type ZoneOffset } from "./time-zone.js";

type Operands = ReadonlyMap<string, Value | undefined>;

/** An instant of any type that MongoDB takes for one. */
function dateFrom(name: string, value: Value): Date {
  if (value instanceof Date) return value;
  if (value instanceof Timestamp) return new Date(value.t * 1000);
  if (value instanceof ObjectId) return value.getTimestamp();
  throw mongoError(16006, `can't convert from BSON type ${typeNameOf(value)} to Date in ${name}`);
}

/** The zone operand; undefined where it is null, which makes the result null. */
function zoneFrom(values: Operands): ZoneOffset | undefined {
  if (!values.has("timezone")) return () => 0;
  const zone = values.get("timezone");
  if (isNullish(zone)) return undefined;
  return zoneOffset(stringOf("timezone", zone, 40517));
}

/** A part of a date: `{ $year: date }` or `{ $year: { date, timezone } }`. */
function part(name: string, read: (wall: Date) => Value): OperatorCompiler {
  const plain = strict(name, 1, 1, ([value]) =>
    isNullish(value) ? null : read(dateFrom(name, value)),
  );
  const zoned = named(name, ["date"], ["timezone"], (values) => {
    const value = values.get("date");
    const zone = zoneFrom(values);
    if (isNullish(value) || zone === undefined) return null;
    return read(toWall(dateFrom(name, value), zone));
  });
  return (operand, scope, compile) =>
    operand instanceof Map && operand.has("date")
      ? zoned(operand, scope, compile)
      : plain(operand, scope, compile);
}

function toParts(values: Operands): Value {
  const value = values.get("date");
  const zone = zoneFrom(values);
  if (isNullish(value) || zone === undefined) return null;
  const wall = toWall(dateFrom("$dateToParts", value), zone);
  const iso = isTrue(values.get("iso8601"));
  const { week, year } = isoWeek(wall);
  const day: [string, number][] = iso
    ? [
        ["isoWeekYear", year],
        ["isoWeek", week],
        ["isoDayOfWeek", wall.getUTCDay() || 7],
      ]
    : [
        ["year", wall.getUTCFullYear()],
        ["month", wall.getUTCMonth() + 1],
        ["day", wall.getUTCDate()],
      ];
  const parts: Doc = new Map();
  for (const [name, number] of [
    ...day,
    ["hour", wall.getUTCHours()] as const,
    ["minute", wall.getUTCMinutes()] as const,
    ["second", wall.getUTCSeconds()] as const,
    ["millisecond", wall.getUTCMilliseconds()] as const,
  ])
    parts.set(name, int(number));
  return parts;
}

function fromParts(values: Operands): Value {
  const zone = zoneFrom(values);
  if (zone === undefined) return null;
  for (const [, value] of values) if (isNullish(value)) return null;
  const number = (name: string, otherwise: number) => {
    const value = values.get(name);
    return value === undefined
      ? otherwise
      : int32Of(value, () => mongoError(40515, `'${name}' must evaluate to an integer`));
  };
  const iso = values.has("isoWeekYear");
  const year = number(iso ? "isoWeekYear" : "year", NaN);
  if (!(year >= 1 && year <= 9999))
    throw mongoError(
      40523,
      `'${iso ? "isoWeekYear" : "year"}' must evaluate to an integer in the range 1 to 9999`,
    );
  const wall = new Date(0);
  if (iso) {
    wall.setUTCFullYear(year, 0, 4);
    const toMonday = (wall.getUTCDay() || 7) - 1;
    wall.setUTCDate(
      wall.getUTCDate() - toMonday + (number("isoWeek", 1) - 1) * 7 + number("isoDayOfWeek", 1) - 1,
    );
  } else wall.setUTCFullYear(year, number("month", 1) - 1, number("day", 1));
  wall.setUTCHours(
    number("hour", 0),
    number("minute", 0),
    number("second", 0),
    number("millisecond", 0),
  );
  return fromWall(wall, zone);
}

function toText(values: Operands): Value | undefined {
  const value = values.get("date");
  const zone = zoneFrom(values);
  const format = values.get("format");
  if (isNullish(value)) return values.has("onNull") ? values.get("onNull") : null;
  if (zone === undefined || (values.has("format") && isNullish(format))) return null;
  const date = dateFrom("$dateToString", value);
  const isUtc = !values.has("timezone");
  const pattern =
    format === undefined
      ? isUtc || zone(date.getTime()) === 0
        ? "%Y-%m-%dT%H:%M:%S.%LZ"
        : "%Y-%m-%dT%H:%M:%S.%L"
      : stringOf("$dateToString", format, 18533);
  return formatDate(pattern, toWall(date, zone), zone(date.getTime()));
}

const isoText =
  /^(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s?(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?$/;

/**
 * Parses ISO 8601 date text; undefined where it is no date. MongoDB knows more forms: text that could
 * be one of those is refused (238), so that no `onError` takes the place of what MongoDB would read.
 */
export function parseDateText(text: string, zone?: ZoneOffset): Date | undefined {
  const match = isoText.exec(text.trim());
  if (match === null) {
    if (!/\d/.test(text)) return undefined;
    throw mongoError(
      238,
      `a date text other than ISO 8601 is not supported by this server: ${text}`,
    );
  }
  const [, year, month, day = "01", hour = "00", minute = "00", second = "00", fraction = ""] =
    match;
  const millis = Number(fraction.padEnd(3, "0").slice(0, 3));
  const wall = new Date(0);
  wall.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  wall.setUTCHours(Number(hour), Number(minute), Number(second), millis);
  if (wall.getUTCMonth() !== Number(month) - 1 || Number(hour) > 23 || Number(minute) > 59)
    return undefined;
  const written = match[8];
  if (written !== undefined && zone !== undefined) return undefined;
  return fromWall(wall, written === undefined ? (zone ?? (() => 0)) : zoneOffset(written));
}

function fromText(values: Operands): Value | undefined {
  const text = values.get("dateString");
  if (values.has("format"))
    throw mongoError(238, "$dateFromString with 'format' is not supported by this server");
  if (isNullish(text)) return values.has("onNull") ? values.get("onNull") : null;
  const zone = zoneFrom(values);
  if (zone === undefined) return null;
  const date =
    typeof text === "string"
      ? parseDateText(text, values.has("timezone") ? zone : undefined)
      : undefined;
  if (date !== undefined) return date;
  if (values.has("onError")) return values.get("onError");
  throw mongoError(
    241,
    `Error parsing date string '${typeof text === "string" ? text : typeNameOf(text)}': this server reads ISO 8601 only`,
  );
}

function shift(name: "$dateAdd" | "$dateSubtract", sign: 1 | -1) {
  return named(name, ["startDate", "unit", "amount"], ["timezone"], (values) => {
    const zone = zoneFrom(values);
    const [start, unit, amount] = ["startDate", "unit", "amount"].map((key) => values.get(key));
    if (isNullish(start) || isNullish(unit) || isNullish(amount) || zone === undefined) return null;
    const whole = isNumber(amount) ? truncateToLong(amount) : undefined;
    if (
      whole === undefined ||
      !(amount instanceof Int32 || amount instanceof Long || Number.isInteger(amount.valueOf()))
    )
      throw mongoError(5166405, `${name} expects integer amount of time units`);
    return addUnits(dateFrom(name, start), parseUnit(name, unit), sign * Number(whole), zone);
  });
}

export const dateOperators: OperatorTable = {
  $year: part("$year", (wall) => int(wall.getUTCFullYear())),
  $month: part("$month", (wall) => int(wall.getUTCMonth() + 1)),
  $dayOfMonth: part("$dayOfMonth", (wall) => int(wall.getUTCDate())),
  $dayOfWeek: part("$dayOfWeek", (wall) => int(wall.getUTCDay() + 1)),
  $dayOfYear: part("$dayOfYear", (wall) => int(dayOfYear(wall))),
  $hour: part("$hour", (wall) => int(wall.getUTCHours())),
  $minute: part("$minute", (wall) => int(wall.getUTCMinutes())),
  $second: part("$second", (wall) => int(wall.getUTCSeconds())),
  $millisecond: part("$millisecond", (wall) => int(wall.getUTCMilliseconds())),
  $week: part("$week", (wall) => int(weekOfYear(wall))),
  $isoWeek: part("$isoWeek", (wall) => int(isoWeek(wall).week)),
  $isoWeekYear: part("$isoWeekYear", (wall) => Long.fromNumber(isoWeek(wall).year)),
  $isoDayOfWeek: part("$isoDayOfWeek", (wall) => int(wall.getUTCDay() || 7)),
  $dateToParts: named("$dateToParts", ["date"], ["timezone", "iso8601"], toParts),
  $dateFromParts: named(
    "$dateFromParts",
    [],
    [
      "year",
      "month",
      "day",
      "hour",
      "minute",
      "second",
      "millisecond",
      "timezone",
      "isoWeekYear",
      "isoWeek",
      "isoDayOfWeek",
    ],
    fromParts,
  ),
  $dateToString: named("$dateToString", ["date"], ["format", "timezone", "onNull"], toText),
  $dateFromString: named(
    "$dateFromString",
    ["dateString"],
    ["format", "timezone", "onError", "onNull"],
    fromText,
  ),
  $dateAdd: shift("$dateAdd", 1),
  $dateSubtract: shift("$dateSubtract", -1),
  $dateDiff: named(
    "$dateDiff",
    ["startDate", "endDate", "unit"],
    ["timezone", "startOfWeek"],
    (values) => {
      const zone = zoneFrom(values);
      const [start, end, unit, week] = ["startDate", "endDate", "unit", "startOfWeek"].map((key) =>
        values.get(key),
      );
      if (isNullish(start) || isNullish(end) || isNullish(unit) || zone === undefined) return null;
      const [from, to] = [dateFrom("$dateDiff", start), dateFrom("$dateDiff", end)];
      return Long.fromNumber(differenceInUnits(from, to, parseUnit("$dateDiff", unit), zone, week));
    },
  ),
  $dateTrunc: named(
    "$dateTrunc",
    ["date", "unit"],
    ["binSize", "timezone", "startOfWeek"],
    (values) => {
      const zone = zoneFrom(values);
      const [date, unit, bin, week] = ["date", "unit", "binSize", "startOfWeek"].map((key) =>
        values.get(key),
      );
      if (isNullish(date) || isNullish(unit) || zone === undefined || bin === null) return null;
      const size =
        bin === undefined
          ? 1
          : int32Of(bin, () =>
              mongoError(5439017, "$dateTrunc requires 'binSize' to be a 64-bit integer"),
            );
      if (size <= 0)
        throw mongoError(
          5439018,
          `$dateTrunc requires 'binSize' to be greater than 0, but got value ${size}`,
        );
      return truncateDate(
        dateFrom("$dateTrunc", date),
        parseUnit("$dateTrunc", unit),
        size,
        zone,
        week,
      );
    },
  ),
};
