import { hash, verify } from "@node-rs/argon2";
import { limits } from "../../shared/limits.js";
import { refuse } from "../errors.js";

/** argon2id with 19 MiB, 2 passes, 1 lane (OWASP's first choice). */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The password as a PHC string. @throws PASSWORD_WEAK */
export async function hashPassword(password: string, email: string): Promise<string> {
  if (password.length < limits.passwordMin)
    throw refuse("PASSWORD_WEAK", {
      message: `A password needs at least ${limits.passwordMin} characters.`,
    });
  if (isGuessable(password.toLowerCase(), email.toLowerCase())) throw refuse("PASSWORD_WEAK");
  return hash(password.normalize("NFKC"), cost);
}

/** Takes as long for an account that does not exist (`stored` null) as for one that does. */
export async function checkPassword(stored: string | null, password: string): Promise<boolean> {
  unknownHash ??= hash("nobody has this password", cost);
  const right = await verify(stored ?? (await unknownHash), password.normalize("NFKC"));
  return right && stored !== null;
}
let unknownHash: Promise<string> | null = null;

/** Few different characters, the own address, a row of the keyboard, or a word everybody tries first. */
function isGuessable(password: string, email: string): boolean {
  if (new Set(password).size < 5) return true;
  const [account = ""] = email.split("@", 1);
  const words = ["password", "passwort", "porchlight", "welcome", "letmein", "iloveyou", "admin"];
  const rows = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
  let rest = password.replaceAll(email, "");
  if (account.length > 3) rest = rest.replaceAll(account, "");
  for (const word of words) rest = rest.replaceAll(word, "");
  for (const row of rows)
    for (let size = row.length; size >= 4; size--)
      for (let at = 0; at + size <= row.length; at++)
        rest = rest.replaceAll(row.slice(at, at + size), "");
  return rest.length < 4;
}
