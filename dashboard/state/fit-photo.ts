/** The size at which a photo is drawn: its own shape, inside a box, never enlarged. */
export function fitPhoto(
  photo: { width: number; height: number },
  box: { width: number; height: number },
): { width: number; height: number } {
  const width = Math.max(1, photo.width);
  const height = Math.max(1, photo.height);
  const scale = Math.min(1, box.width / width, box.height / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
