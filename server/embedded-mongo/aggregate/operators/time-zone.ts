import { mongoError } from "../../mongo-error.js";

/** Minutes that a time zone is ahead of UTC at an instant (milliseconds since 1970). */
export type ZoneOffset = (instant: number) => number;

const formats = new Map<string, Intl.DateTimeFormat>();

/** A zone by offset ("+02", "-0530", "+05:30"), "UTC", "GMT" or Olson name. Throws 40485 for others. */
export function zoneOffset(zone: string): ZoneOffset {
  if (zone === "UTC" || zone === "GMT" || zone === "Z") return () => 0;
  const fixed = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? "0");
    return () => (fixed[1] === "-" ? -minutes : minutes);
  }
  let format = formats.get(zone);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat("en-US", {
        timeZone: zone,
        hourCycle: "h23",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
        era: "short",
      });
    } catch {
      throw mongoError(40485, `unrecognized time zone identifier: "${zone}"`);
    }
    formats.set(zone, format);
  }
  const known = format;
  return (instant) => offsetAt(known, instant);
}

function offsetAt(format: Intl.DateTimeFormat, instant: number): number {
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const year = parts.get("era") === "BC" ? 1 - number("year") : number("year");
  const wall = new Date(0);
  wall.setUTCFullYear(year, number("month") - 1, number("day"));
  wall.setUTCHours(number("hour"), number("minute"), number("second"));
  return Math.round((wall.getTime() - Math.floor(instant / 1000) * 1000) / 60_000);
}

/** The wall clock of a zone as a date whose UTC fields are to be read. */
export function toWall(date: Date, zone: ZoneOffset): Date {
  return new Date(date.getTime() + zone(date.getTime()) * 60_000);
}

/** The instant at which a zone's clock shows `wall`; in a gap, after it. */
export function fromWall(wall: Date, zone: ZoneOffset): Date {
  const millis = wall.getTime();
  const guess = millis - zone(millis) * 60_000;
  return new Date(millis - zone(guess) * 60_000);
}
