/** Bytes that are written one after another, in memory that is kept for the next time. */
export class GrowingBytes {
  bytes: Buffer;
  used = 0;

  /** Memory beyond `mostKept` bytes is given back. */
  constructor(
    private readonly keptBytes: number,
    private readonly mostKept: number,
  ) {
    this.bytes = Buffer.allocUnsafe(keptBytes);
  }

  /** Forgets what was written. */
  begin(): void {
    this.used = 0;
  }

  /** Steps over so many bytes and gives where they start. May replace `bytes`: read that afterwards. */
  reserve(count: number): number {
    const at = this.used;
    this.used += count;
    if (this.used > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.used, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, at);
      this.bytes = larger;
    }
    return at;
  }

  byte(value: number): void {
    const at = this.reserve(1); // may replace `bytes`, so it comes first
    this.bytes[at] = value;
  }

  /** What was written, in a buffer of its own. */
  take(): Buffer {
    const taken = Buffer.allocUnsafe(this.used);
    this.bytes.copy(taken, 0, 0, this.used);
    if (this.bytes.length > this.mostKept) this.bytes = Buffer.allocUnsafe(this.keptBytes);
    return taken;
  }
}
