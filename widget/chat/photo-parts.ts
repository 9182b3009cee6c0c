/** Everything about photos, in one file to fetch: most conversations have none. */
export { PendingPhoto } from "./PendingPhoto.js";
export { Photo } from "./Photo.js";
export { PhotoTray } from "./PhotoTray.js";
export { stagePhotos } from "./staged-photos.js";
