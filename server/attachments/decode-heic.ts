import { createRequire } from "node:module";
import { ImageRefused } from "./image-refused.js";
import type { Pixels } from "./render-image.js";

/**
 * The few functions that are used of libheif-js; its own declarations leave out the layer of `js_`
 * functions.
 */
interface Libheif {
  heif_error_code: { heif_error_Ok: unknown };
  heif_colorspace: { heif_colorspace_RGB: unknown };
  heif_chroma: { heif_chroma_interleaved_RGB: unknown };
  heif_context_alloc(): object | null;
  heif_context_free(context: object): void;
  heif_context_read_from_memory(context: object, bytes: Uint8Array): { code: unknown };
  heif_js_context_get_primary_image_handle(context: object): object | HeifError | null;
  heif_image_handle_get_width(handle: object): number;
  heif_image_handle_get_height(handle: object): number;
  heif_image_handle_release(handle: object): void;
  heif_js_decode_image2(
    handle: object,
    space: unknown,
    chroma: unknown,
  ): Decoded | HeifError | null;
  heif_image_release(image: object): void;
}

interface HeifError {
  code: unknown;
}

interface Decoded {
  image: object;
  channels: { data: Uint8Array; stride: number; width: number; height: number }[];
}

function isLibheif(module: unknown): module is Libheif {
  return typeof module === "object" && module !== null && "heif_js_decode_image2" in module;
}

/** libheif-js is an optional dependency (LGPL): null where it was left out. */
function loadLibheif(): Libheif | null {
  try {
    const loaded: unknown = createRequire(import.meta.url)("libheif-js/wasm-bundle.js");
    return isLibheif(loaded) ? loaded : null;
  } catch {
    return null;
  }
}

/**
 * Decodes HEIC, what an iPhone takes: HEVC, which the prebuilt libvips cannot. The file's own turns
 * and mirrors are applied; colours stay those of its profile.
 * @throws ImageRefused
 */
export function decodeHeic(bytes: Buffer, pixelLimit: number): Pixels {
  const heif = loadLibheif();
  if (!heif) throw new ImageRefused("heic_unsupported");
  const context = heif.heif_context_alloc();
  if (!context) throw new Error("libheif has no memory");
  try {
    if (
      heif.heif_context_read_from_memory(context, bytes).code !== heif.heif_error_code.heif_error_Ok
    )
      throw new ImageRefused("damaged");
    const handle = heif.heif_js_context_get_primary_image_handle(context);
    if (!handle || "code" in handle) throw new ImageRefused("damaged");
    try {
      const pixels =
        heif.heif_image_handle_get_width(handle) * heif.heif_image_handle_get_height(handle);
      if (pixels > pixelLimit) throw new ImageRefused("too_large");
      return readPixels(heif, handle);
    } finally {
      heif.heif_image_handle_release(handle);
    }
  } finally {
    heif.heif_context_free(context);
  }
}

function readPixels(heif: Libheif, handle: object): Pixels {
  const decoded = heif.heif_js_decode_image2(
    handle,
    heif.heif_colorspace.heif_colorspace_RGB,
    heif.heif_chroma.heif_chroma_interleaved_RGB,
  );
  if (!decoded || "code" in decoded) throw new ImageRefused("damaged");
  const plane = decoded.channels[0];
  if (!plane) throw new ImageRefused("damaged");
  const { width, height, stride } = plane;
  const row = width * 3;
  const data = Buffer.allocUnsafe(row * height);
  for (let y = 0; y < height; y++)
    data.set(plane.data.subarray(y * stride, y * stride + row), y * row);
  heif.heif_image_release(decoded.image);
  return { data, width, height, channels: 3 };
}
