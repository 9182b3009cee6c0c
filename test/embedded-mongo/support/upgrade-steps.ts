import {
  currentFormat,
  type DiskFormat,
} from "../../../server/embedded-mongo/storage/disk-format.js";
import type { KeySpace } from "../../../server/embedded-mongo/storage/key-space.js";
import { tableRange } from "../../../server/embedded-mongo/storage/table-keys.js";

/** A table that no server uses: what the steps change. */
export const table = 7;

/** Writes a letter behind every value of the table, so that a step done twice shows. */
function append(letter: string) {
  return (space: KeySpace): void => {
    const entries = [...space.walk(tableRange(table))].map(({ key, value }) => ({
      key: Buffer.from(key),
      value: Buffer.concat([value, Buffer.from(letter)]),
    }));
    for (const { key, value } of entries) space.put(key, value);
  };
}

/** A layout three steps on; `last` is done within the last of them. */
export function laterFormat(last: () => void = () => undefined): DiskFormat {
  const { version } = currentFormat;
  return {
    version: version + 3,
    upgrades: {
      [version]: append("b"),
      [version + 1]: append("c"),
      [version + 2]: (space) => {
        append("d")(space);
        last();
      },
    },
  };
}
