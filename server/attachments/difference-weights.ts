/**
 * What each measurement of `measure-difference.ts` counts: by scale (full size, then halved each
 * time), by channel (red-green, lightness, blue-yellow), by kind (dissimilarity, added structure,
 * lost structure; mean, then 4-norm). Non-negative least squares against SSIMULACRA 2 on the Kodak
 * set alone; `bench/fit-photos.ts` writes this table.
 */
export const differenceWeights: readonly (readonly (readonly number[])[])[] = [
  [
    [0, 0, 6264, 0, 0, 0],
    [399.2, 1052.7, 0, 2425.1, 0, 0],
    [0, 0, 0, 0, 0, 0],
  ],
  [
    [0, 0, 55242.3, 0, 0, 0],
    [1199.8, 635.1, 19363.4, 1397.6, 0, 2730.2],
    [0, 0, 0, 0, 12421, 0],
  ],
  [
    [0, 1078.7, 0, 0, 0, 0],
    [13651.3, 4415.1, 0, 0, 10140.8, 3245.1],
    [0, 0, 0, 0, 21465.7, 0],
  ],
  [
    [0, 0, 0, 0, 996.1, 0],
    [30290.1, 39, 0, 10027.6, 0, 0],
    [5518.5, 4146.1, 48473.6, 0, 0, 0],
  ],
];

/** The weighted sum is (100 - score) to this power: SSIMULACRA 2 bends its scale much the same. */
export const differencePower = 1.7;
