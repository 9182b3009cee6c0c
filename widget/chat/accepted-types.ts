/** What the picker offers. Without HEIC, so that iOS hands over a JPEG by itself. */
export const acceptedTypes = "image/jpeg,image/png,image/webp,image/gif,image/avif";
