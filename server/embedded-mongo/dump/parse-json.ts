/** JSON as it stands in the text: objects keep the order of their fields, numbers their spelling. */
export type Json = null | boolean | string | JsonNumber | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

export class JsonNumber {
  constructor(readonly text: string) {}
}

const deepest = 400;
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const stringPattern = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const spacePattern = /[ \t\r\n]*/y;

/** Parses one JSON text. Throws SyntaxError with the place where it goes wrong. */
export function parseJson(text: string): Json {
  const reader = new JsonReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class JsonReader {
  #at = 0;

  constructor(private readonly text: string) {}

  value(depth: number): Json {
    if (depth > deepest) this.#wrong();
    this.#space();
    switch (this.text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return new JsonNumber(this.#match(numberPattern));
    }
  }

  end(): void {
    this.#space();
    if (this.#at < this.text.length) this.#wrong();
  }

  #object(depth: number): JsonObject {
    const object: JsonObject = new Map();
    if (this.#opens("}")) return object;
    do {
      this.#space();
      const name = this.#string();
      this.#space();
      this.#expect(":");
      object.set(name, this.value(depth + 1));
    } while (this.#goesOn("}"));
    return object;
  }

  #array(depth: number): Json[] {
    const array: Json[] = [];
    if (this.#opens("]")) return array;
    do array.push(this.value(depth + 1));
    while (this.#goesOn("]"));
    return array;
  }

  /** Steps over the opening bracket; true when the closing one follows at once. */
  #opens(close: string): boolean {
    this.#at += 1;
    this.#space();
    if (this.text[this.#at] !== close) return false;
    this.#at += 1;
    return true;
  }

  #goesOn(close: string): boolean {
    this.#space();
    const char = this.text[this.#at];
    this.#at += 1;
    if (char === close) return false;
    if (char !== ",") this.#wrong();
    return true;
  }

  #string(): string {
    const literal: unknown = JSON.parse(this.#match(stringPattern));
    return typeof literal === "string" ? literal : this.#wrong();
  }

  #word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.#at)) this.#wrong();
    this.#at += word.length;
    return value;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined || found === "") return this.#wrong();
    this.#at += found.length;
    return found;
  }

  #space(): void {
    spacePattern.lastIndex = this.#at;
    this.#at += spacePattern.exec(this.text)?.[0].length ?? 0;
  }

  #expect(char: string): void {
    if (this.text[this.#at] !== char) this.#wrong();
    this.#at += 1;
  }

  #wrong(): never {
    throw new SyntaxError(`not JSON at position ${this.#at}`);
  }
}
