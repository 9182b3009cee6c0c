import type { JSX } from "preact";
import { fetchPart } from "./fetch-part.js";
import { fitPhoto } from "./fit-photo.js";

export const FetchedMenuPage = fetchPart(async () => (await import("./menu-pages.js")).MenuPage);
export const FetchedViewer = fetchPart(async () => (await import("./PhotoViewer.js")).PhotoViewer);
export const FetchedChoices = fetchPart(
  async () => (await import("../consent/ChoicesForm.js")).ChoicesForm,
);

/** Photos and the picking of them. */
export const fetchPhotoParts = () => import("./photo-parts.js");

export const FetchedPhoto = fetchPart(
  async () => (await fetchPhotoParts()).Photo,
  ({ attachment }) => <PhotoRoom {...attachment} />,
);
export const FetchedPendingPhoto = fetchPart(
  async () => (await fetchPhotoParts()).PendingPhoto,
  ({ photo }) => <PhotoRoom {...photo} />,
);
export const FetchedTray = fetchPart(async () => (await fetchPhotoParts()).PhotoTray);

/** The room that a photo will take. */
function PhotoRoom({ width, height }: { width: number; height: number }): JSX.Element {
  const size = fitPhoto(width, height);
  return <div class="photo" style={{ width: `${size.width}px`, height: `${size.height}px` }} />;
}
