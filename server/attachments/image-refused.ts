/** Why a file is no photo that the server takes. Crosses from the worker as its reason alone. */
export const refusalReasons = ["unsupported", "heic_unsupported", "too_large", "damaged"] as const;
export type RefusalReason = (typeof refusalReasons)[number];

export class ImageRefused extends Error {
  override readonly name = "ImageRefused";
  constructor(
    readonly reason: RefusalReason,
    options?: { cause?: unknown },
  ) {
    super(`refused as ${reason}`, options);
  }
}
