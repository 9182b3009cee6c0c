/** The room a photo takes in the conversation: its own shape, at most 240 x 320. Pure. */
export function fitPhoto(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(240 / width, 320 / height, 1);
  // A sliver stays touchable.
  return {
    width: Math.max(48, Math.round(width * scale)),
    height: Math.max(48, Math.round(height * scale)),
  };
}
