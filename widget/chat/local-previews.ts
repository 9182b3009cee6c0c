/**
 * Pictures of what was picked here, drawn on canvas: a host page's CSP may forbid `blob:` and
 * `data:`. A photo keeps its preview after it was sent, so that it never flashes.
 */
const bitmaps = new WeakMap<Blob, Promise<ImageBitmap | null>>();
const sent = new Map<string, Blob>();

const longEdge = 720;

export function previewOf(file: Blob): Promise<ImageBitmap | null> {
  const known = bitmaps.get(file);
  if (known) return known;
  const made = createImageBitmap(file, { imageOrientation: "from-image" })
    .then(async (whole) => {
      const scale = Math.min(1, longEdge / Math.max(whole.width, whole.height));
      if (scale === 1) return whole;
      const small = await createImageBitmap(whole, {
        resizeWidth: Math.max(1, Math.round(whole.width * scale)),
        resizeHeight: Math.max(1, Math.round(whole.height * scale)),
        resizeQuality: "medium",
      });
      whole.close();
      return small;
    })
    .catch(() => null);
  bitmaps.set(file, made);
  return made;
}

export function rememberSent(attachmentId: string, file: Blob): void {
  sent.set(attachmentId, file);
}

export function sentFile(attachmentId: string): Blob | undefined {
  return sent.get(attachmentId);
}

/** Fills the canvas; its element's shape decides what is seen. */
export async function drawPreview(canvas: HTMLCanvasElement, file: Blob): Promise<void> {
  const bitmap = await previewOf(file);
  if (!bitmap) return;
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
}
