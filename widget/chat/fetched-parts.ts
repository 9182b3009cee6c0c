import { fetchPart } from "./fetch-part.js";

export const FetchedMenuPage = fetchPart(async () => (await import("./menu-pages.js")).MenuPage);
export const FetchedViewer = fetchPart(async () => (await import("./PhotoViewer.js")).PhotoViewer);
export const FetchedChoices = fetchPart(
  async () => (await import("../consent/ChoicesForm.js")).ChoicesForm,
);
