import { writeSync } from "node:fs";
import { KeySpace } from "../../../server/embedded-mongo/storage/key-space.js";
import { WriteAheadLog } from "../../../server/embedded-mongo/storage/write-ahead-log.js";

/**
 * A process for the power-cut tests: groups of changes, commits and large groups close upon one another,
 * with no turn of the event loop in which a flush behind could be seen to end. Says after each group, as a
 * server answers, that it is stored.
 */
const [path = "", groups = "0"] = process.argv.slice(2);
const space = new KeySpace(path);
space.attach(new WriteAheadLog(`${path}.log`));
for (let group = 1; group <= Number(groups); group++) {
  const size = group % 5 === 0 ? 1_200_000 : 300;
  space.commit(() => {
    for (let row = 0; row < 8; row++)
      space.put(Buffer.from(`row ${(group * 7 + row * 13) % 200}`), Buffer.alloc(300, group));
    space.put(Buffer.from(`last`), Buffer.alloc(size, group));
  });
  const answer = Buffer.alloc(16);
  answer.writeInt32LE(group, 8);
  answer.writeInt32LE(2013, 12);
  writeSync(1, answer);
  if (group % 3 !== 0) space.settle();
}
