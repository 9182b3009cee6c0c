import type { Value } from "../bson/value.js";
import { mongoError } from "../mongo-error.js";

const defaultLimit = 100 * 1024 * 1024;

/** Keeps a blocking stage within its memory. */
export class MemoryMeter {
  private used = 0;

  constructor(
    private readonly stage: string,
    private readonly limit = defaultLimit,
  ) {}

  /** Throws 292 (QueryExceededMemoryLimitNoDiskUseAllowed) when the limit is passed. */
  add(value: Value): void {
    this.used += approximateSize(value);
    if (this.used > this.limit)
      throw mongoError(
        292,
        `Exceeded memory limit for ${this.stage} of ${this.limit} bytes. This server does not ` +
          "sort or group on disk: use an index, or a narrower $match.",
      );
  }

  reset(): void {
    this.used = 0;
  }
}

/** About the size of a value as BSON, without making it. */
export function approximateSize(value: Value): number {
  if (typeof value === "string") return 5 + value.length;
  if (value instanceof Map) {
    let size = 5;
    for (const [name, field] of value) size += 2 + name.length + approximateSize(field);
    return size;
  }
  if (Array.isArray(value)) {
    let size = 5;
    for (const item of value) size += 4 + approximateSize(item);
    return size;
  }
  if (typeof value === "object" && value !== null && "buffer" in value)
    return 5 + value.buffer.byteLength;
  return 12;
}
