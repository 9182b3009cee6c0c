/**
 * Writes that arrive together are written together. A group leaves at the end of a turn of the event loop, so
 * that everything that the turn brought goes out as one; while as many groups as may be are on their way to
 * the store, the next one gathers. Nobody waits for a timer.
 *
 * @param write Writes a group and answers for each item, in order. When it throws, every item of
 *   the group is rejected with that error: whether it was stored is then unknown.
 * @param maxItems Most items in one group.
 * @param atOnce Most groups on their way at one moment. With more than one, a later group may be written first.
 */
export function groupCalls<Item, Result>(
  write: (items: Item[]) => Promise<Result[]>,
  maxItems: number,
  atOnce = 1,
): (item: Item) => Promise<Result> {
  interface Waiting {
    item: Item;
    resolve: (result: Result) => void;
    reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let underWay = 0;
  /** A group leaves at the end of this turn. */
  let leaving = false;

  async function run(): Promise<void> {
    while (waiting.length > 0 && !leaving) {
      leaving = true;
      await new Promise(setImmediate);
      leaving = false;
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
    underWay -= 1;
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (leaving || underWay === atOnce) return;
      underWay += 1;
      void run();
    });
}
