/** A phrase that no clean file may hold. */
export const secret = "48.8584 N 2.2945 E, owner J. Doe";

function segment(marker: number, payload: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(payload.length + 2, 2);
  return Buffer.concat([head, payload]);
}

/**
 * A JPEG with everything that cameras and programs add: comment, JFIF and EXIF thumbnails' kin, XMP
 * (also extended), IPTC, maker notes, a second picture (MPF), and bytes after the end.
 */
export function withBaggage(jpeg: Buffer): Buffer {
  const text = (prefix: string): Buffer => Buffer.from(`${prefix}${secret}`, "latin1");
  const baggage = [
    segment(0xe0, text("JFXX\0\x10")),
    segment(0xe1, text("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta exif:GPSLatitude='48'>")),
    segment(0xe1, text("http://ns.adobe.com/xmp/extension/\0")),
    segment(0xe2, text("MPF\0")),
    segment(0xe2, text("urn:iso:std:iso:ts:21496:-1\0")),
    segment(0xed, text("Photoshop 3.0\x008BIM\x04\x04")),
    segment(0xeb, text("HDR_RI ver=11")),
    segment(0xef, text("MakerNote")),
    segment(0xfe, text("")),
  ];
  return Buffer.concat([
    jpeg.subarray(0, 2),
    ...baggage,
    jpeg.subarray(2),
    // A second picture, then a trailer as Samsung's phones write it.
    jpeg,
    text("SEFT"),
  ]);
}
