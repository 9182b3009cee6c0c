import { limits } from "../../shared/limits.js";

/** Whether it is worth asking the server, whose word is final (it also knows IDN and length rules). Pure. */
export function isMailAddress(text: string): boolean {
  return text.length <= limits.email && /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text);
}
