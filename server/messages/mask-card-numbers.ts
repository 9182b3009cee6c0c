/** Digits in groups, apart by at most one space, dash or dot: how people write long numbers. */
const digitRun = /\d(?:[ \u00a0\u202f.-]?\d){12,}/g;
const anyDigit = /\d/;
/** Lengths of payment card numbers (ISO/IEC 7812-1). */
const MIN_DIGITS = 13;
const MAX_DIGITS = 19;
/** First digits that payment cards begin with; 1, 7, 8, 9 and 0 are other issuers'. */
const cardStart = /[2-6]/;

/**
 * JMINI-12: payment card numbers in a text become dots, all but the last four digits, before
 * anything is stored. A card number is 13 to 19 digits that pass the Luhn check and start where a
 * group of digits starts.
 */
export function maskCardNumbers(text: string): string {
  return anyDigit.test(text) ? text.replaceAll(digitRun, maskRun) : text;
}

function maskRun(run: string): string {
  const places = [...run.matchAll(/\d/g)].map((match) => match.index);
  const marked = run.split("");
  let from = 0;
  while (from + MIN_DIGITS <= places.length) {
    const length = startsGroup(run, places, from) ? cardLength(run, places, from) : 0;
    if (length === 0) {
      from += 1;
      continue;
    }
    for (const place of places.slice(from, from + length - 4)) marked[place] = "\u2022";
    from += length;
  }
  return marked.join("");
}

/** Not inside a group: `12 4111…` holds a card number, `124111…` does not. */
function startsGroup(run: string, places: number[], from: number): boolean {
  const place = places[from] ?? 0;
  return place === 0 || !/\d/.test(run.charAt(place - 1));
}

/** Digits of the card number that starts here, the longest first; 0 for none. */
function cardLength(run: string, places: number[], from: number): number {
  if (!cardStart.test(run.charAt(places[from] ?? 0))) return 0;
  const longest = Math.min(MAX_DIGITS, places.length - from);
  for (let length = longest; length >= MIN_DIGITS; length -= 1) {
    const after = (places[from + length - 1] ?? 0) + 1;
    if (/\d/.test(run.charAt(after))) continue;
    if (passesLuhn(places.slice(from, from + length).map((place) => Number(run.charAt(place)))))
      return length;
  }
  return 0;
}

function passesLuhn(digits: number[]): boolean {
  let sum = 0;
  digits.reverse().forEach((digit, at) => {
    const twice = at % 2 === 1 ? digit * 2 : digit;
    sum += twice > 9 ? twice - 9 : twice;
  });
  return sum % 10 === 0;
}
