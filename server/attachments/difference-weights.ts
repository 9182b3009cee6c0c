/**
 * What each measurement of `measure-difference.ts` counts: by scale (full size, then halved each
 * time), by channel (red-green, lightness, blue-yellow), by kind (dissimilarity, added structure,
 * lost structure; mean, then 4-norm). Non-negative least squares against SSIMULACRA 2 on the Kodak
 * set alone; `npm run bench -- fit-photos` prints this table.
 */
export const differenceWeights: readonly (readonly (readonly number[])[])[] = [
  [
    [0, 0, 31827.2, 0, 0, 0],
    [323.3, 1079.3, 0, 1166.9, 0, 0],
    [0, 0, 0, 0, 4478.4, 0],
  ],
  [
    [0, 0, 55946.8, 0, 0, 0],
    [0, 867.9, 3780.3, 4349.8, 4549.4, 1395.1],
    [0, 0, 0, 0, 3299.8, 0],
  ],
  [
    [0, 845.6, 0, 0, 0, 0],
    [24228.3, 2123.3, 0, 0, 12271.4, 2787.2],
    [0, 0, 0, 0, 24874.8, 0],
  ],
  [
    [0, 0, 0, 0, 0, 0],
    [6653.5, 3248.9, 0, 13131.5, 0, 0],
    [11062.1, 0, 40473.2, 2603.7, 0, 0],
  ],
];

/** The weighted sum is (100 - score) to this power: SSIMULACRA 2 bends its scale much the same. */
export const differencePower = 1.7;
