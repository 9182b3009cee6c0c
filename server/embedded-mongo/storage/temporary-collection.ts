/** Collections that `$out` writes until it is done; what a crash leaves of them is removed at start. */
export const temporaryPrefix = "tmp.agg_out.";
