import type { Value } from "../../bson/value.js";
import { mongoError } from "../../mongo-error.js";
import { isNullish } from "./operands.js";
import { fromWall, toWall, type ZoneOffset } from "./time-zone.js";

const dayMillis = 86_400_000;

const fixedMillis = {
  week: 7 * dayMillis,
  day: dayMillis,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
} as const;

const monthsOf = { month: 1, quarter: 3, year: 12 } as const;

export type DateUnit = keyof typeof fixedMillis | keyof typeof monthsOf;

export function parseUnit(name: string, unit: Value): DateUnit {
  if (typeof unit === "string" && isUnit(unit)) return unit;
  throw mongoError(
    5439014,
    `${name} parameter 'unit' value cannot be recognized as a time unit: ${typeof unit === "string" ? unit : "not a string"}`,
  );
}

function isUnit(unit: string): unit is DateUnit {
  return unit in fixedMillis || unit in monthsOf;
}

function isMonths(unit: DateUnit): unit is keyof typeof monthsOf {
  return unit in monthsOf;
}

/** Days since 1970 of a wall clock. */
function dayNumber(wall: Date): number {
  return Math.floor(wall.getTime() / dayMillis);
}

function monthNumber(wall: Date): number {
  return wall.getUTCFullYear() * 12 + wall.getUTCMonth();
}

export function dayOfYear(wall: Date): number {
  const first = new Date(0);
  first.setUTCFullYear(wall.getUTCFullYear(), 0, 1);
  return dayNumber(wall) - dayNumber(first) + 1;
}

/** ISO 8601: week 1 has the year's first Thursday. */
export function isoWeek(wall: Date): { year: number; week: number } {
  const thursday = new Date(wall.getTime());
  thursday.setUTCDate(wall.getUTCDate() + 4 - (wall.getUTCDay() || 7));
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}

/** `$week`: weeks begin on Sundays, week 1 on the first of the year, 0 before it. */
export function weekOfYear(wall: Date): number {
  return Math.floor((dayOfYear(wall) + 6 - wall.getUTCDay()) / 7);
}

/** Adds on the wall clock for days and longer, on the time line for shorter units. */
export function addUnits(date: Date, unit: DateUnit, amount: number, zone: ZoneOffset): Date {
  let result: Date;
  if (isMonths(unit)) {
    const wall = toWall(date, zone);
    const day = wall.getUTCDate();
    wall.setUTCDate(1);
    wall.setUTCMonth(wall.getUTCMonth() + amount * monthsOf[unit]);
    const next = new Date(wall.getTime());
    next.setUTCMonth(next.getUTCMonth() + 1, 0);
    wall.setUTCDate(Math.min(day, next.getUTCDate()));
    result = fromWall(wall, zone);
  } else if (unit === "day" || unit === "week") {
    const wall = new Date(toWall(date, zone).getTime() + amount * fixedMillis[unit]);
    result = fromWall(wall, zone);
  } else result = new Date(date.getTime() + amount * fixedMillis[unit]);
  if (Number.isNaN(result.getTime())) throw mongoError(5166406, "date overflow in date arithmetic");
  return result;
}

const weekDays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

function parseWeekDay(value: Value | undefined): number {
  if (isNullish(value)) return 0;
  const text = typeof value === "string" ? value.toLowerCase() : "";
  const index = weekDays.findIndex((day) => day === text || day.slice(0, 3) === text);
  if (index < 0)
    throw mongoError(
      5439015,
      "parameter 'startOfWeek' value cannot be recognized as a day of a week",
    );
  return index;
}

/** Day 0, 1970-01-01, was a Thursday (4). */
function weekNumber(day: number, firstDay: number): number {
  return Math.floor((day + 4 - firstDay) / 7);
}

/** How many boundaries of the unit lie between two instants. */
export function differenceInUnits(
  start: Date,
  end: Date,
  unit: DateUnit,
  zone: ZoneOffset,
  startOfWeek: Value | undefined,
): number {
  const [from, to] = [toWall(start, zone), toWall(end, zone)];
  if (isMonths(unit)) {
    const size = monthsOf[unit];
    return Math.floor(monthNumber(to) / size) - Math.floor(monthNumber(from) / size);
  }
  if (unit === "week") {
    const first = parseWeekDay(startOfWeek);
    return weekNumber(dayNumber(to), first) - weekNumber(dayNumber(from), first);
  }
  if (unit === "day") return dayNumber(to) - dayNumber(from);
  const size = fixedMillis[unit];
  const whole = (date: Date, offset: number) =>
    Math.floor((date.getTime() + offset * 60_000) / size);
  const offset = unit === "hour" ? zone(start.getTime()) % 60 : 0;
  return whole(end, offset) - whole(start, offset);
}

/** 2000-01-01, from which MongoDB counts bins of a size greater than one. */
const referenceDay = 10_957;
const referenceMonth = 24_000;

/** The start of the bin of `size` units that a date lies in. */
export function truncateDate(
  date: Date,
  unit: DateUnit,
  size: number,
  zone: ZoneOffset,
  startOfWeek: Value | undefined,
): Date {
  const wall = toWall(date, zone);
  const binStart = (value: number, reference: number, bin: number) =>
    reference + Math.floor((value - reference) / bin) * bin;
  if (isMonths(unit)) {
    const month = binStart(monthNumber(wall), referenceMonth, size * monthsOf[unit]);
    const start = new Date(0);
    start.setUTCFullYear(Math.floor(month / 12), month - Math.floor(month / 12) * 12, 1);
    return fromWall(start, zone);
  }
  if (unit === "day" || unit === "week") {
    let reference = referenceDay;
    if (unit === "week") {
      const weekDayOfReference = (((referenceDay + 4) % 7) + 7) % 7;
      reference += (parseWeekDay(startOfWeek) - weekDayOfReference + 7) % 7;
    }
    const day = binStart(dayNumber(wall), reference, unit === "week" ? size * 7 : size);
    return fromWall(new Date(day * dayMillis), zone);
  }
  // Shorter units are counted on the time line, from the reference instant in the zone.
  const reference = fromWall(new Date(referenceDay * dayMillis), zone).getTime();
  return new Date(binStart(date.getTime(), reference, size * fixedMillis[unit]));
}
