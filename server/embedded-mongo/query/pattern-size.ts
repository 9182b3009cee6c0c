/**
 * About how many states a regular expression needs: one for each character, class or group, times
 * its counted repetitions (`x{100}` is a hundred). Compiling takes time in proportion, and so does
 * every character of a text that is matched.
 */
export function patternSize(pattern: string): number {
  const outer: number[] = [];
  let total = 0;
  let last = 0;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === "(") {
      outer.push(total);
      total = 0;
      last = 0;
    } else if (char === ")") {
      last = total + 1;
      total = (outer.pop() ?? 0) + last;
    } else if (char === "{") {
      const counts = /^\{(\d+)(?:,(\d*))?\}/.exec(pattern.slice(i, i + 24));
      if (counts === null) {
        last = 1;
        total += 1;
        continue;
      }
      const times = Math.max(1, Number(counts[1]), Number(counts[2] ?? 0));
      total += last * (times - 1);
      last *= times;
      i += counts[0].length - 1;
    } else {
      if (char === "\\") i++;
      else if (char === "[") i = classEnd(pattern, i);
      last = 1;
      total += 1;
    }
  }
  return outer.reduce((sum, size) => sum + size + 1, total);
}

/** The closing bracket of a character class; the last character where there is none. */
function classEnd(pattern: string, start: number): number {
  const opening = /^\[\^?\]?/.exec(pattern.slice(start, start + 3))?.[0].length ?? 1;
  for (let i = start + opening; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === "\\") i++;
    else if (char === "]") return i;
  }
  return pattern.length - 1;
}
