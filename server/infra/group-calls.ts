/**
 * Writes that arrive together are written together. While one group is on its way to the store the
 * next one gathers; a group leaves at the end of the first turn of the event loop that brings nothing
 * more, so that a crowd goes out as one and nobody waits for a timer.
 *
 * @param write Writes a group and answers for each item, in order. When it throws, every item of
 *   the group is rejected with that error: whether it was stored is then unknown.
 * @param maxItems Most items in one group.
 */
export function groupCalls<Item, Result>(
  write: (items: Item[]) => Promise<Result[]>,
  maxItems: number,
): (item: Item) => Promise<Result> {
  interface Waiting {
    item: Item;
    resolve: (result: Result) => void;
    reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let running = false;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      let gathered: number;
      do {
        gathered = waiting.length;
        await new Promise(setImmediate);
      } while (gathered < waiting.length && waiting.length < maxItems);
      const group = waiting.slice(0, maxItems);
      waiting = waiting.slice(maxItems);
      try {
        const results = await write(group.map((one) => one.item));
        group.forEach((one, at) => {
          const result = results[at];
          if (result === undefined) one.reject(new Error("The group write left out an answer."));
          else one.resolve(result);
        });
      } catch (error) {
        for (const one of group) one.reject(error);
      }
    }
    running = false;
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (running) return;
      running = true;
      void run();
    });
}
