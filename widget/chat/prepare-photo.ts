import { previewOf } from "./local-previews.js";

/** A picked photo, ready to be sent. */
export interface PreparedPhoto {
  file: Blob;
  name: string;
  width: number;
  height: number;
}

/** Photos above these are scaled here: sending the rest would take longer than scaling. */
const scaleAboveEdge = 4096;
const scaleAboveBytes = 6 * 1024 * 1024;
const quality = 0.92;

/** Anything that may be an image goes to the server, which looks at the bytes; the rest is refused here. */
export function mayBePhoto(file: File): boolean {
  if (file.type === "image/svg+xml") return false;
  return file.type.startsWith("image/") || /\.(jpe?g|png|webp|gif|avif|hei[cf])$/i.test(file.name);
}

/** Makes a large photo smaller before it travels; on any doubt the original goes. */
export async function preparePhoto(file: File): Promise<PreparedPhoto> {
  const preview = await previewOf(file);
  // HEIC on a desktop, say: the server can read what this browser cannot.
  if (!preview) return { file, name: file.name, width: 4, height: 3 };
  const shape = { name: file.name, width: preview.width, height: preview.height };
  // Anything else may be transparent or move, which a JPEG cannot.
  if (file.type !== "image/jpeg") return { file, ...shape };
  try {
    const scaled = await scale(file);
    return { file: scaled ?? file, ...shape };
  } catch {
    return { file, ...shape };
  }
}

async function scale(file: File): Promise<Blob | null> {
  const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    const edge = Math.max(whole.width, whole.height);
    if (edge <= scaleAboveEdge && file.size <= scaleAboveBytes) return null;
    const share = Math.min(1, scaleAboveEdge / edge);
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(whole.width * share);
    canvas.height = Math.round(whole.height * share);
    const context = canvas.getContext("2d");
    if (!context) return null;
    context.imageSmoothingQuality = "high";
    context.drawImage(whole, 0, 0, canvas.width, canvas.height);
    if (isBlank(context, canvas)) return null;
    const scaled = await new Promise<Blob | null>((resolve) => {
      canvas.toBlob(resolve, "image/jpeg", quality);
    });
    canvas.width = 0;
    // Little won is not worth a second generation of JPEG.
    return scaled && scaled.size < file.size * 0.8 ? scaled : null;
  } finally {
    whole.close();
  }
}

/** iOS gives an empty canvas beyond its memory limit, without an error. */
function isBlank(context: CanvasRenderingContext2D, canvas: HTMLCanvasElement): boolean {
  const { width, height } = canvas;
  for (const [x, y] of [
    [0.5, 0.5],
    [0.1, 0.1],
    [0.9, 0.9],
  ] as const) {
    const pixel = context.getImageData(Math.floor(width * x), Math.floor(height * y), 1, 1).data;
    if (pixel[3] !== 0) return false;
  }
  return true;
}
