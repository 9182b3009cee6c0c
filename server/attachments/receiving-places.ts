import { refuse } from "../errors.js";

/** How many bodies may be on their way at once, for whom. */
export interface PlaceBound {
  name: string;
  most: number;
}

export interface ReceivingPlaces {
  /**
   * Takes a place with each; the answer gives them back.
   * @throws BUSY where one of them has all of its places taken
   */
  take(bounds: readonly PlaceBound[]): () => void;
}

const busySeconds = 3;

/** Bounds how many uploads anybody keeps open: memory and places are for those who send. */
export function createReceivingPlaces(): ReceivingPlaces {
  const taken = new Map<string, number>();
  return {
    take(bounds) {
      if (bounds.some(({ name, most }) => (taken.get(name) ?? 0) >= most))
        throw refuse("BUSY", { retryAfter: busySeconds });
      for (const { name } of bounds) taken.set(name, (taken.get(name) ?? 0) + 1);
      return () => {
        for (const { name } of bounds) {
          const left = (taken.get(name) ?? 1) - 1;
          if (left === 0) taken.delete(name);
          else taken.set(name, left);
        }
      };
    },
  };
}
