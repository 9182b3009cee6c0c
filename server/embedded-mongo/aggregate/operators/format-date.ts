import { mongoError } from "../../mongo-error.js";
import { dayOfYear, isoWeek, weekOfYear } from "./calendar.js";

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Formats a wall clock, `offset` minutes ahead of UTC, as `$dateToString` does. */
export function formatDate(format: string, wall: Date, offset: number): string {
  return format.replace(/%([\s\S]?)/g, (_, specifier: string) => {
    const text = formatPart(specifier, wall, offset);
    if (text === undefined)
      throw mongoError(18536, `Invalid format character '%${specifier}' in format string`);
    return text;
  });
}

function pad(number: number, length: number): string {
  return String(number).padStart(length, "0");
}

function formatPart(specifier: string, wall: Date, offset: number): string | undefined {
  switch (specifier) {
    case "%":
      return "%";
    case "Y":
      return pad(wall.getUTCFullYear(), 4);
    case "m":
      return pad(wall.getUTCMonth() + 1, 2);
    case "d":
      return pad(wall.getUTCDate(), 2);
    case "H":
      return pad(wall.getUTCHours(), 2);
    case "M":
      return pad(wall.getUTCMinutes(), 2);
    case "S":
      return pad(wall.getUTCSeconds(), 2);
    case "L":
      return pad(wall.getUTCMilliseconds(), 3);
    case "j":
      return pad(dayOfYear(wall), 3);
    case "w":
      return String(wall.getUTCDay() + 1);
    case "u":
      return String(wall.getUTCDay() || 7);
    case "U":
      return pad(weekOfYear(wall), 2);
    case "V":
      return pad(isoWeek(wall).week, 2);
    case "G":
      return pad(isoWeek(wall).year, 4);
    case "b":
      return months[wall.getUTCMonth()]?.slice(0, 3);
    case "B":
      return months[wall.getUTCMonth()];
    case "z":
      return `${offset < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(offset) / 60), 2)}${pad(Math.abs(offset) % 60, 2)}`;
    case "Z":
      return String(offset);
    default:
      return undefined;
  }
}
