/** A write is acknowledged when most of the store's members have it in their journals. */
export const onDisk = { w: "majority", j: true } as const;
