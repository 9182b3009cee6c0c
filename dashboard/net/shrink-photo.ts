/** Longer photos than this are scaled in the browser: the server keeps at most 2,048 pixels anyway. */
const longestEdge = 4096;
/** Smaller files travel faster than they are decoded here. */
const worthBytes = 6_000_000;

/**
 * A large JPEG made smaller before it travels, in its own orientation. On any doubt (another format,
 * a browser's canvas limit, a blank result) the file itself goes, and the server does the work.
 */
export async function shrinkPhoto(file: File): Promise<Blob> {
  if (file.type !== "image/jpeg" || file.size < worthBytes) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = longestEdge / Math.max(bitmap.width, bitmap.height);
    const smaller = scale < 1 ? await draw(bitmap, scale) : null;
    bitmap.close();
    return smaller !== null && smaller.size < file.size ? smaller : file;
  } catch {
    return file;
  }
}

async function draw(bitmap: ImageBitmap, scale: number): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const pen = canvas.getContext("2d");
  if (pen === null) return null;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  if (isBlank(pen, canvas)) return null;
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
}

/** A canvas over a browser's limit stays transparent; a photo has no transparent pixel. */
function isBlank(pen: CanvasRenderingContext2D, canvas: HTMLCanvasElement): boolean {
  const { data } = pen.getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1);
  return data[3] !== 255;
}
