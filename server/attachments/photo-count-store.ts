import { Schema, type Connection } from "mongoose";

/** Photos of a site on one day: numbers alone, no names and no hashes (JMINI-01). */
export interface PhotoCounts {
  photos: number;
  pixels: number;
  bytesIn: number;
  bytesOut: number;
}

export interface PhotoCountStore {
  /** @param day `YYYY-MM-DD`, UTC */
  add(site: string, day: string, counts: PhotoCounts): Promise<void>;
  /** In all, and on one day. */
  read(site: string, day: string): Promise<{ today: PhotoCounts; all: PhotoCounts }>;
}

interface CountDocument extends PhotoCounts {
  _id: string;
  site: string;
  day: string;
}

// No `expireAt`: the counts are of photos, not of people.
const countSchema = new Schema<CountDocument>(
  {
    _id: { type: String, required: true },
    site: { type: String, required: true },
    day: { type: String, required: true },
    photos: Number,
    pixels: Number,
    bytesIn: Number,
    bytesOut: Number,
  },
  { autoIndex: false, versionKey: false, collection: "photo_counts" },
);
countSchema.index({ site: 1 });

const nothing: PhotoCounts = { photos: 0, pixels: 0, bytesIn: 0, bytesOut: 0 };

function sum(a: PhotoCounts, b: PhotoCounts): PhotoCounts {
  return {
    photos: a.photos + b.photos,
    pixels: a.pixels + b.pixels,
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
  };
}

export function createPhotoCountStore(db: Connection): PhotoCountStore {
  const counts = db.model<CountDocument>("PhotoCount", countSchema);
  return {
    async add(site, day, { photos, pixels, bytesIn, bytesOut }) {
      await counts.updateOne(
        { _id: `${site}:${day}` },
        { $inc: { photos, pixels, bytesIn, bytesOut }, $setOnInsert: { site, day } },
        { upsert: true },
      );
    },
    async read(site, day) {
      const days = await counts.find({ site }).lean();
      return {
        today: days.filter((row) => row.day === day).reduce(sum, nothing),
        all: days.reduce(sum, nothing),
      };
    },
  };
}
