import { useLayoutEffect, useRef } from "preact/hooks";
import { thumbHashToRGBA } from "thumbhash";

/** A ThumbHash drawn on a canvas: colours and shape before a byte of the photo has arrived. */
export function Placeholder({ hash }: { hash: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const pen = canvas.current?.getContext("2d");
    const picture = decodeHash(hash);
    if (!pen || picture === null) return;
    pen.canvas.width = picture.w;
    pen.canvas.height = picture.h;
    pen.putImageData(
      new ImageData(new Uint8ClampedArray(picture.rgba), picture.w, picture.h),
      0,
      0,
    );
  }, [hash]);
  return <canvas ref={canvas} class="placeholder" aria-hidden="true" />;
}

/** Null for what is no ThumbHash: the grey ground is placeholder enough. */
function decodeHash(hash: string): { w: number; h: number; rgba: Uint8Array } | null {
  try {
    const bytes = Uint8Array.from(atob(hash), (letter) => letter.charCodeAt(0));
    return bytes.length < 5 ? null : thumbHashToRGBA(bytes);
  } catch {
    return null;
  }
}
